//! Which passwords are taken (after NIST SP 800-63B: long, not common, not the login itself; no other rules).

use super::email::Email;
use super::problem::Problem;

/// Characters.
pub const SHORTEST: usize = 12;
/// Characters; argon2 takes more, but a megabyte of password is an attack.
const LONGEST: usize = 256;

/// Common ones of twelve characters and more, in lower case, Spanish and English; shorter ones are refused anyway.
const COMMON: &[&str] = &[
    "123456789012",
    "1234567890123",
    "12345678901234",
    "123456789123",
    "012345678901",
    "111111111111",
    "000000000000",
    "112233445566",
    "121212121212",
    "123123123123",
    "987654321098",
    "098765432109",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwerty123456",
    "qwertyqwerty",
    "qwertyuiopas",
    "qazwsxedcrfv",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "zaq12wsxcde3",
    "asdfghjkl123",
    "asdfasdfasdf",
    "zxcvbnm12345",
    "abcdefghijkl",
    "abcd12345678",
    "abc123456789",
    "abcabcabcabc",
    "aaaaaaaaaaaa",
    "password1234",
    "password12345",
    "passwordpassword",
    "password123456",
    "mypassword123",
    "p@ssw0rd1234",
    "passw0rd1234",
    "contraseña12",
    "contraseña123",
    "contraseña1234",
    "contrasena12",
    "contrasena123",
    "contrasena1234",
    "contrasenacontrasena",
    "micontraseña1",
    "micontrasena1",
    "administrador",
    "administrador1",
    "administrador123",
    "administrator",
    "administrator1",
    "administrator123",
    "admin1234567",
    "adminadmin12",
    "adminadminadmin",
    "superadmin123",
    "bienvenido12",
    "bienvenido123",
    "bienvenido2024",
    "bienvenido2025",
    "bienvenido2026",
    "bienvenidos12",
    "welcome12345",
    "welcome123456",
    "welcome20266",
    "letmein12345",
    "iloveyou1234",
    "iloveyouforever",
    "teamomucho12",
    "teamoteamo12",
    "tequieromucho",
    "tequieromucho1",
    "changeme1234",
    "changemenow12",
    "cambiame1234",
    "cambiar12345",
    "ventanilla12",
    "ventanilla123",
    "ventanilla1234",
    "ventanilla2025",
    "ventanilla2026",
    "soporte12345",
    "soporte123456",
    "soportesoporte",
    "mesadeayuda1",
    "mesadeayuda12",
    "mesadeayuda123",
    "servicedesk1",
    "servicedesk12",
    "servicedesk123",
    "helpdesk1234",
    "helpdesk12345",
    "usuario12345",
    "usuario123456",
    "usuariousuario",
    "clienteclave",
    "secreto12345",
    "secretosecreto",
    "correcthorsebatterystaple",
    "footballfootball",
    "barcelona123",
    "barcelona1234",
    "realmadrid12",
    "realmadrid123",
    "alianzalima1",
    "alianzalima12",
    "universitario",
    "millonarios1",
    "nacional12345",
    "colombia1234",
    "colombia12345",
    "peruperuperu",
    "elperuavanza",
    "santiago1234",
    "sebastian123",
    "alejandro123",
    "alejandra123",
    "jesucristo12",
    "jesucristo123",
    "dioseseamor1",
    "diosesamor12",
    "diosesamor123",
    "123456qwerty",
    "123qweasdzxc",
    "qwe123qwe123",
    "summer202526",
    "verano202526",
    "invierno2025",
    "invierno2026",
    "primavera2025",
    "primavera2026",
    "temporal1234",
    "temporal12345",
    "pruebaprueba",
    "prueba123456",
    "testtesttest",
    "test12345678",
];

/// Whether a password is taken for this address.
///
/// # Errors
/// A problem with `field`.
pub fn check(field: &'static str, password: &str, email: &Email) -> Result<(), Problem> {
    let length = password.chars().count();
    if length < SHORTEST {
        let message = format!("La contraseña debe tener al menos {SHORTEST} caracteres.");
        return Err(Problem::at(field, "PASSWORD_SHORT", message));
    }
    if length > LONGEST {
        let message = format!("La contraseña puede tener hasta {LONGEST} caracteres.");
        return Err(Problem::at(field, "PASSWORD_LONG", message));
    }
    let lower = password.to_lowercase();
    if COMMON.contains(&lower.as_str()) || is_one_character(&lower) {
        let message = "La contraseña está entre las más comunes; elija otra.";
        return Err(Problem::at(field, "PASSWORD_COMMON", message));
    }
    // Two letters stand in many words by chance.
    if email.local().chars().count() >= 3 && lower.contains(email.local()) {
        let message = "La contraseña no debe contener la dirección de correo.";
        return Err(Problem::at(field, "PASSWORD_CONTAINS_EMAIL", message));
    }
    Ok(())
}

fn is_one_character(text: &str) -> bool {
    let mut characters = text.chars();
    characters
        .next()
        .is_some_and(|first| characters.all(|c| c == first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(password: &str) -> Option<&'static str> {
        let email = Email::read("ana.quispe@ejemplo.pe").unwrap();
        check("password", password, &email).err().map(|p| p.code)
    }

    #[test]
    fn long_and_uncommon_is_enough() {
        assert_eq!(code("tres perros azules"), None);
        assert_eq!(code("ñandúñandú12"), None);
    }

    #[test]
    fn what_is_easily_guessed_is_refused() {
        assert_eq!(code("corta"), Some("PASSWORD_SHORT"));
        assert_eq!(code("Contraseña123"), Some("PASSWORD_COMMON"));
        assert_eq!(code("zzzzzzzzzzzzzz"), Some("PASSWORD_COMMON"));
        assert_eq!(code("hola Ana.Quispe 7"), Some("PASSWORD_CONTAINS_EMAIL"));
        assert_eq!(code(&"ab".repeat(129)), Some("PASSWORD_LONG"));
    }

    #[test]
    fn the_list_holds_nothing_that_length_refuses_anyway() {
        for common in COMMON {
            assert!(common.chars().count() >= SHORTEST, "{common}");
            assert_eq!(*common, common.to_lowercase());
        }
    }
}
