//! The text form: prefix, underscore, Crockford base 32 in lower case (no i, l, o, u: they are misread).

use std::fmt;

use uuid::Uuid;

use crate::IdError;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Value of each byte in the alphabet; 255 is "not in it".
const VALUES: [u8; 256] = {
    let mut table = [255u8; 256];
    let mut i = 0;
    while i < 32 {
        table[ALPHABET[i] as usize] = i as u8;
        i += 1;
    }
    table
};

/// 128 bits take 26 characters: the first holds 3 bits, the others 5.
fn encode(uuid: Uuid) -> [u8; 26] {
    let n = uuid.as_u128();
    let mut out = [0u8; 26];
    let mut i = 0;
    while i < 26 {
        let shift = 5 * (25 - i);
        out[i] = ALPHABET[((n >> shift) & 31) as usize];
        i += 1;
    }
    out
}

fn decode(s: &[u8]) -> Result<Uuid, IdError> {
    // A first character above 7 would not fit into 128 bits.
    if s.len() != 26 || VALUES[s[0] as usize] > 7 {
        return Err(IdError::Malformed);
    }
    let mut n = 0u128;
    for &b in s {
        let v = VALUES[b as usize];
        if v == 255 {
            return Err(IdError::Malformed);
        }
        n = (n << 5) | u128::from(v);
    }
    Ok(Uuid::from_u128(n))
}

fn put(f: &mut fmt::Formatter<'_>, bytes: &[u8; 26]) -> fmt::Result {
    bytes
        .iter()
        .try_for_each(|b| fmt::Write::write_char(f, char::from(*b)))
}

pub fn write_one(f: &mut fmt::Formatter<'_>, prefix: &str, id: Uuid) -> fmt::Result {
    write!(f, "{prefix}_")?;
    put(f, &encode(id))
}

pub fn write_two(f: &mut fmt::Formatter<'_>, prefix: &str, tenant: Uuid, id: Uuid) -> fmt::Result {
    write!(f, "{prefix}_")?;
    put(f, &encode(tenant))?;
    put(f, &encode(id))
}

fn body<'a>(s: &'a str, prefix: &'static str) -> Result<&'a [u8], IdError> {
    s.strip_prefix(prefix)
        .and_then(|r| r.strip_prefix('_'))
        .map(str::as_bytes)
        .ok_or(IdError::Prefix { expected: prefix })
}

pub fn read_one(s: &str, prefix: &'static str) -> Result<Uuid, IdError> {
    decode(body(s, prefix)?)
}

pub fn read_two(s: &str, prefix: &'static str) -> Result<(Uuid, Uuid), IdError> {
    let b = body(s, prefix)?;
    if b.len() != 52 {
        return Err(IdError::Malformed);
    }
    Ok((decode(&b[..26])?, decode(&b[26..])?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extremes_come_back() {
        for n in [
            0u128,
            1,
            u128::MAX,
            0x0192_0000_7000_8000_0000_0000_0000_0001,
        ] {
            let uuid = Uuid::from_u128(n);
            assert_eq!(decode(&encode(uuid)), Ok(uuid));
        }
    }

    #[test]
    fn what_is_no_id_is_refused() {
        assert_eq!(read_one("tkt_zz", "tkt"), Err(IdError::Malformed));
        assert_eq!(
            read_one("per_00000000000000000000000000", "tkt"),
            Err(IdError::Prefix { expected: "tkt" })
        );
        // 129 bits
        assert_eq!(
            read_one("tkt_80000000000000000000000000", "tkt"),
            Err(IdError::Malformed)
        );
        // a letter that is not in the alphabet
        assert_eq!(
            read_one("tkt_0000000000000000000000000u", "tkt"),
            Err(IdError::Malformed)
        );
    }
}
