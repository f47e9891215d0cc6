//! Rust sources as tokens: comments and strings cannot be mistaken for code.

use anyhow::{Context, anyhow};
use proc_macro2::{TokenStream, TokenTree};

use crate::tree;

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// As written.
    pub text: String,
    /// Counted from 1.
    pub line: usize,
    /// A string, number or character.
    pub literal: bool,
}

/// A file as tokens; delimiters are tokens too.
#[derive(Debug)]
pub struct Source {
    /// Relative to the root.
    pub file: String,
    /// In order.
    pub tokens: Vec<Token>,
}

impl Source {
    /// Reads a file.
    pub fn read(file: &str) -> anyhow::Result<Self> {
        Self::of(file, &tree::text(file)?)
    }

    /// Takes text for the file of that name: which module it is depends on where it stands.
    pub fn of(file: &str, text: &str) -> anyhow::Result<Self> {
        let stream: TokenStream = text
            .parse()
            .map_err(|error| anyhow!("{error}"))
            .with_context(|| file.to_owned())?;
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        Ok(Self {
            file: file.to_owned(),
            tokens,
        })
    }

    /// Lines where these tokens follow each other, for instance `["Utc", "::", "now"]`.
    pub fn lines_with(&self, sequence: &[&str]) -> Vec<usize> {
        self.tokens
            .windows(sequence.len())
            .filter(|window| {
                window
                    .iter()
                    .zip(sequence)
                    .all(|(token, wanted)| !token.literal && token.text == *wanted)
            })
            .map(|window| window[0].line)
            .collect()
    }

    /// String literals, with their lines; a doc comment is none.
    pub fn strings(&self) -> impl Iterator<Item = (usize, &str)> {
        let is_doc = |at: usize| at >= 2 && self.word(at - 2) == "doc" && self.word(at - 1) == "=";
        self.tokens
            .iter()
            .enumerate()
            .filter(move |(at, token)| token.literal && token.text.contains('"') && !is_doc(*at))
            .map(|(_, token)| (token.line, token.text.as_str()))
    }

    /// What this file names of its own crate, as paths of at most two segments below the crate's root, with lines:
    /// `use crate::{store, events::publish}` gives `store` and `events::publish`. `super` is followed to the root.
    pub fn rooms_named(&self) -> Vec<(usize, String)> {
        let depth = module_depth(&self.file);
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            let start = at;
            match self.word(at) {
                "crate" if self.word(at + 1) == "::" => at += 2,
                "super" => {
                    let mut ups = 0;
                    while self.word(at) == "super" && self.word(at + 1) == "::" {
                        ups += 1;
                        at += 2;
                    }
                    if ups < depth || ups == 0 {
                        at = at.max(start + 1);
                        continue;
                    }
                }
                _ => {
                    at += 1;
                    continue;
                }
            }
            // `pub(in crate::…)` and macros' `$crate::` name rooms too: they do no harm here.
            self.heads(at, &mut found);
        }
        found
    }

    fn heads(&self, at: usize, found: &mut Vec<(usize, String)>) {
        if self.word(at) != "{" {
            self.head(at, found);
            return;
        }
        let mut nested = 0_usize;
        for here in at..self.tokens.len() {
            match self.word(here) {
                "{" => nested += 1,
                "}" => nested -= 1,
                _ => {}
            }
            if nested == 0 {
                return;
            }
            if nested == 1 && matches!(self.word(here), "{" | ",") && self.word(here + 1) != "}" {
                self.head(here + 1, found);
            }
        }
    }

    fn head(&self, at: usize, found: &mut Vec<(usize, String)>) {
        let Some(token) = self.tokens.get(at) else {
            return;
        };
        if self.word(at + 1) != "::" {
            found.push((token.line, token.text.clone()));
        } else if self.word(at + 2) == "{" {
            let mut below = Vec::new();
            self.heads(at + 2, &mut below);
            let named = below.into_iter().map(|(line, name)| {
                let first = name.split("::").next().unwrap_or_default();
                (line, format!("{}::{first}", token.text))
            });
            found.extend(named);
        } else {
            found.push((token.line, format!("{}::{}", token.text, self.word(at + 2))));
        }
    }

    /// A token that is code; nothing for a literal or beyond the end.
    fn word(&self, at: usize) -> &str {
        self.tokens
            .get(at)
            .filter(|token| !token.literal)
            .map_or("", |token| token.text.as_str())
    }
}

/// How deep the module of a file is: `src/lib.rs` 0, `src/graph/mod.rs` 1, `src/graph/queries.rs` 2.
fn module_depth(file: &str) -> usize {
    let Some((_, below)) = file.split_once("/src/") else {
        return usize::MAX;
    };
    let parts = below.split('/').count();
    if below.ends_with("/mod.rs") || matches!(below, "lib.rs" | "main.rs") {
        parts - 1
    } else {
        parts
    }
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                    proc_macro2::Delimiter::Brace => ("{", "}"),
                    proc_macro2::Delimiter::Bracket => ("[", "]"),
                    proc_macro2::Delimiter::None => ("", ""),
                };
                tokens.push(Token {
                    text: open.to_owned(),
                    line,
                    literal: false,
                });
                flatten(group.stream(), tokens);
                let line = group.span_close().start().line;
                tokens.push(Token {
                    text: close.to_owned(),
                    line,
                    literal: false,
                });
            }
            TokenTree::Ident(ident) => tokens.push(Token {
                text: ident.to_string(),
                line,
                literal: false,
            }),
            TokenTree::Literal(literal) => tokens.push(Token {
                text: literal.to_string(),
                line,
                literal: true,
            }),
            // `::` comes as two colons, the first joint to the second.
            TokenTree::Punct(punct) if punct.as_char() == ':' => match tokens.last_mut() {
                Some(first) if !first.literal && first.text == ":joint" => {
                    "::".clone_into(&mut first.text);
                }
                _ => {
                    let joint = punct.spacing() == proc_macro2::Spacing::Joint;
                    let text = if joint { ":joint" } else { ":" };
                    tokens.push(Token {
                        text: text.to_owned(),
                        line,
                        literal: false,
                    });
                }
            },
            TokenTree::Punct(punct) => tokens.push(Token {
                text: punct.to_string(),
                line,
                literal: false,
            }),
        }
    }
}
