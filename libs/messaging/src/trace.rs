//! The trace follows the message.

use ids::IdGen;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// More links than this tell nobody anything.
const LINKS: usize = 16;

/// A W3C trace context that begins here, for what nobody handed one in.
pub fn new_trace(ids: &dyn IdGen) -> String {
    let mut random = [0u8; 24];
    ids.fill(&mut random);
    let hex = random.iter().fold(String::with_capacity(48), |mut s, b| {
        use std::fmt::Write as _;
        // Writing to a String does not fail.
        let _ignored = write!(s, "{b:02x}");
        s
    });
    format!("00-{}-{}-01", &hex[..32], &hex[32..])
}

/// A span for a batch: within the trace of its messages when all come from one, else linked to each.
pub(crate) fn batch_span<'a>(
    service: &'static str,
    parents: impl Iterator<Item = Option<&'a str>>,
) -> Span {
    let span = tracing::info_span!(
        "consume",
        otel.kind = "consumer",
        service,
        messages = tracing::field::Empty
    );
    if span.is_disabled() {
        return span;
    }
    let mut contexts: Vec<SpanContext> = Vec::new();
    let mut count = 0u64;
    for parent in parents {
        count += 1;
        let Some(context) = parent.and_then(read) else {
            continue;
        };
        if contexts.len() < LINKS && !contexts.contains(&context) {
            contexts.push(context);
        }
    }
    span.record("messages", count);
    if let [only] = contexts.as_slice() {
        // Without a tracing layer there is nothing to be a child of.
        let _ =
            span.set_parent(opentelemetry::Context::new().with_remote_span_context(only.clone()));
    } else {
        for context in contexts {
            span.add_link(context);
        }
    }
    span
}

/// `00-<32 hex>-<16 hex>-<2 hex>` (W3C Trace Context, level 1).
fn read(text: &str) -> Option<SpanContext> {
    let mut parts = text.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if version == "ff" || trace.len() != 32 || span.len() != 16 {
        return None;
    }
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::new(u8::from_str_radix(flags, 16).ok()?),
        true,
        TraceState::default(),
    );
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::{new_trace, read};

    #[test]
    fn a_new_trace_can_be_read() {
        let ids = ids::system(clock::system());
        let (one, other) = (new_trace(&*ids), new_trace(&*ids));
        let [one, other] = [one, other].map(|text| read(&text).unwrap().trace_id());
        assert_ne!(one, other);
    }

    #[test]
    fn reads_the_example_of_the_specification() {
        let context = read("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
        assert_eq!(
            context.trace_id().to_string(),
            "4bf92f3577b34da6a3ce929d0e0e4736"
        );
        assert!(context.is_sampled() && context.is_remote());
    }

    #[test]
    fn takes_nothing_else() {
        for text in [
            "",
            "00",
            "00-0-0-0",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
