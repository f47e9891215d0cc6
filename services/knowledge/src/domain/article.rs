//! An article and its life, as in KCS v6: captured (work in progress), complete (not validated), confirmed (validated),
//! no longer found (archived).

use chrono::{DateTime, Utc};
use events::knowledge::ArticleState;
use events::{Word, words};
use ids::{ArticleId, PersonId};

use super::problem::{Outcome, Problem};

/// Who an article is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// The provider's staff.
    Internal,
    /// The client's people, too.
    Tenant,
}

/// In which language it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Spanish.
    Es,
    /// English.
    En,
}

words!(Audience: Internal = "internal", Tenant = "tenant");
words!(Language: Es = "es", En = "en");

/// An article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// Which.
    pub id: ArticleId,
    /// Where it stands in its life.
    pub state: ArticleState,
    /// Who it is for.
    pub audience: Audience,
    /// In which language.
    pub language: Language,
    /// Its title.
    pub title: String,
    /// Its words, in Markdown.
    pub body: String,
    /// Counts changes of the words.
    pub revision: i32,
    /// Facts announced about it.
    pub sequence: i64,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: PersonId,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
    /// By whom.
    pub changed_by: PersonId,
}

/// What somebody writes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Draft {
    /// Title.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Who it is for.
    #[serde(serialize_with = "as_word")]
    pub audience: Audience,
    /// In which language.
    #[serde(serialize_with = "as_word")]
    pub language: Language,
}

fn as_word<W: Word, S: serde::Serializer>(word: &W, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(word.word())
}

/// Characters of a title at most.
const TITLE: usize = 200;
/// Characters of a body at most: what Postgres can still hold as one search vector, with room to spare.
const BODY: usize = 200_000;

impl Draft {
    /// The draft with its title trimmed, or what is wrong with it.
    pub fn checked(mut self) -> Outcome<Self> {
        let mut problems = Vec::new();
        self.title = self.title.trim().into();
        if self.title.is_empty() || self.title.chars().count() > TITLE {
            problems.push(Problem::at(
                "title",
                "INVALID_TITLE",
                format!("El título debe tener entre 1 y {TITLE} caracteres."),
            ));
        }
        if self.body.trim().is_empty() || self.body.chars().count() > BODY {
            problems.push(Problem::at(
                "body",
                "INVALID_BODY",
                format!("El texto debe tener entre 1 y {BODY} caracteres."),
            ));
        }
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(problems)
        }
    }
}

/// Who acts on an article, and when.
#[derive(Debug, Clone, Copy)]
pub struct Hand {
    /// Who.
    pub person: PersonId,
    /// May validate and archive.
    pub validates: bool,
    /// When.
    pub at: DateTime<Utc>,
}

impl Article {
    /// A new article: being captured.
    pub fn new(id: ArticleId, draft: Draft, by: Hand) -> Self {
        Self {
            id,
            state: ArticleState::WorkInProgress,
            audience: draft.audience,
            language: draft.language,
            title: draft.title,
            body: draft.body,
            revision: 1,
            sequence: 1,
            created_at: by.at,
            created_by: by.person,
            changed_at: by.at,
            changed_by: by.person,
        }
    }

    fn touched(&self, by: Hand) -> Self {
        Self {
            sequence: self.sequence + 1,
            changed_at: by.at,
            changed_by: by.person,
            ..self.clone()
        }
    }

    /// Other words. What was confirmed is confirmed no more, unless whoever writes may confirm it.
    pub fn revise(&self, draft: Draft, seen: i32, by: Hand) -> Outcome<Option<Self>> {
        let same = (&draft.title, &draft.body, draft.audience, draft.language)
            == (&self.title, &self.body, self.audience, self.language);
        if same {
            return Ok(None);
        }
        self.seen(seen)?;
        if self.state == ArticleState::Archived {
            return Err(vec![Problem::of(
                "ARTICLE_ARCHIVED",
                "El artículo está archivado: recupérelo antes de corregirlo.",
            )]);
        }
        let state = if self.state == ArticleState::Validated && !by.validates {
            ArticleState::NotValidated
        } else {
            self.state
        };
        Ok(Some(Self {
            state,
            audience: draft.audience,
            language: draft.language,
            title: draft.title,
            body: draft.body,
            revision: self.revision + 1,
            ..self.touched(by)
        }))
    }

    /// Another state.
    pub fn move_to(&self, to: ArticleState, seen: i32, by: Hand) -> Outcome<Option<Self>> {
        if self.state == to {
            return Ok(None);
        }
        self.seen(seen)?;
        match passage(self.state, to) {
            None => Err(vec![Problem::at(
                "state",
                "MOVE_NOT_ALLOWED",
                "El artículo no puede pasar de su estado actual a ese.",
            )]),
            Some(Passage::Validators) if !by.validates => Err(vec![Problem::at(
                "state",
                "VALIDATORS_ONLY",
                "Solo quien valida artículos puede hacer este cambio.",
            )]),
            Some(_) => Ok(Some(Self {
                state: to,
                ..self.touched(by)
            })),
        }
    }

    fn seen(&self, revision: i32) -> Outcome<()> {
        if revision == self.revision {
            Ok(())
        } else {
            Err(vec![Problem {
                field: Some("revision".to_owned()),
                ..Problem::stale(i64::from(self.revision))
            }])
        }
    }
}

/// Who may make a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passage {
    /// Everybody who writes.
    Writers,
    /// Those who validate.
    Validators,
}

/// The allowed moves.
const fn passage(from: ArticleState, to: ArticleState) -> Option<Passage> {
    use ArticleState::{Archived, NotValidated, Validated, WorkInProgress};
    match (from, to) {
        // Complete; back to capturing; flagged for another look.
        (WorkInProgress | Validated, NotValidated) | (NotValidated, WorkInProgress) => {
            Some(Passage::Writers)
        }
        // What never was complete is thrown away by whoever writes.
        (WorkInProgress, Archived) => Some(Passage::Writers),
        (WorkInProgress | NotValidated, Validated)
        | (NotValidated | Validated, Archived)
        | (Archived, NotValidated) => Some(Passage::Validators),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hand(person: PersonId, validates: bool) -> Hand {
        Hand {
            person,
            validates,
            at: DateTime::UNIX_EPOCH,
        }
    }

    fn draft(title: &str) -> Draft {
        Draft {
            title: title.into(),
            body: "Paso 1".into(),
            audience: Audience::Tenant,
            language: Language::Es,
        }
    }

    #[test]
    fn confirmed_words_that_an_agent_changes_are_confirmed_no_more() {
        let ids = ids::seeded(5);
        let (agent, coach) = (
            hand(PersonId::new(&*ids), false),
            hand(PersonId::new(&*ids), true),
        );
        let new = Article::new(ArticleId::new(&*ids), draft("VPN"), agent);
        assert_eq!(
            new.move_to(ArticleState::Validated, 1, agent).unwrap_err()[0].code,
            "VALIDATORS_ONLY"
        );
        let valid = new
            .move_to(ArticleState::Validated, 1, coach)
            .unwrap()
            .unwrap();
        assert_eq!((valid.sequence, valid.revision), (2, 1));
        let by_agent = valid.revise(draft("VPN rota"), 1, agent).unwrap().unwrap();
        assert_eq!(
            (by_agent.state, by_agent.revision, by_agent.sequence),
            (ArticleState::NotValidated, 2, 3)
        );
        let by_coach = valid.revise(draft("VPN rota"), 1, coach).unwrap().unwrap();
        assert_eq!(by_coach.state, ArticleState::Validated);
        assert_eq!(valid.revise(draft("VPN"), 7, agent), Ok(None), "already so");
        assert_eq!(
            valid.revise(draft("x"), 7, agent).unwrap_err()[0].code,
            "STALE"
        );
    }

    #[test]
    fn what_is_archived_rests_until_it_is_taken_back() {
        let ids = ids::seeded(6);
        let coach = hand(PersonId::new(&*ids), true);
        let new = Article::new(ArticleId::new(&*ids), draft("VPN"), coach);
        let gone = new
            .move_to(ArticleState::Archived, 1, coach)
            .unwrap()
            .unwrap();
        assert_eq!(
            gone.revise(draft("x"), 1, coach).unwrap_err()[0].code,
            "ARTICLE_ARCHIVED"
        );
        assert_eq!(
            gone.move_to(ArticleState::Validated, 1, coach).unwrap_err()[0].code,
            "MOVE_NOT_ALLOWED"
        );
        assert!(
            gone.move_to(ArticleState::NotValidated, 1, coach)
                .unwrap()
                .is_some()
        );
    }

    #[test]
    fn a_draft_is_told_all_that_is_wrong() {
        let wrong = Draft {
            body: " ".into(),
            ..draft("  ")
        };
        let codes: Vec<_> = wrong
            .checked()
            .unwrap_err()
            .iter()
            .map(|p| p.code)
            .collect();
        assert_eq!(codes, ["INVALID_TITLE", "INVALID_BODY"]);
    }
}
