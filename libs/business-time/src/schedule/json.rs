//! Schedules in JSON: an object with `union` or `intersection` alone is a composite, any other a [`CalendarSpec`], so that what was stored before
//! there were composites reads on.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Schedule;
use crate::spec::CalendarSpec;

const UNION: &str = "union";
const INTERSECTION: &str = "intersection";

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (key, members) = match self {
            Self::Hours(spec) => return spec.serialize(serializer),
            Self::Union(members) => (UNION, members),
            Self::Intersection(members) => (INTERSECTION, members),
        };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(key, members)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Schedule;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a calendar, or an object with `union` or `intersection`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Schedule, A::Error> {
        let first: Option<String> = map.next_key()?;
        let compose = match first.as_deref() {
            Some(UNION) => Schedule::Union,
            Some(INTERSECTION) => Schedule::Intersection,
            _ => {
                let rest = FirstKeyAgain { first, rest: map };
                let spec = CalendarSpec::deserialize(MapAccessDeserializer::new(rest))?;
                return Ok(spec.into());
            }
        };
        let members = map.next_value()?;
        match map.next_key::<String>()? {
            None => Ok(compose(members)),
            Some(other) => Err(A::Error::custom(format!(
                "`{other}` beside the members of a composite"
            ))),
        }
    }
}

/// The map as it was before its first key was read.
struct FirstKeyAgain<A> {
    first: Option<String>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for FirstKeyAgain<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(key) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}
