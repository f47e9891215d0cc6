//! How many facts were announced of each subject.

use tenancy::Conn;

/// Counts one more fact of a subject: its sequence. Who counts holds the subject until the transaction ends, so that facts
/// are announced in their order and without a gap.
pub async fn count(conn: &mut Conn, subject: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO announced AS a (subject, sequence) VALUES ($1, 1)
         ON CONFLICT (subject) DO UPDATE SET sequence = a.sequence + 1 RETURNING sequence",
    )
    .bind(subject)
    .fetch_one(conn)
    .await
}
