//! Who held tickets from when on.

use events::Word as _;
use ids::TicketId;
use tenancy::Tx;

use crate::domain::happened::Held;
use crate::error::Error;

/// Puts down who holds tickets; what stands there already stays as it is. Who held it before something that is known to have
/// closed the ticket comes late; but who held it from its opening on belongs to its opening, however far routing is behind. Gives back the version of the book.
pub async fn add(tx: &mut Tx, held: &[(TicketId, Held)]) -> Result<i64, Error> {
    let all = || held.iter().map(|(_, h)| h);
    Ok(sqlx::query_scalar(
        "WITH added AS (INSERT INTO ticket_holder (ticket, sequence, at, held_by, line, origin, late) \
           SELECT h.ticket, h.sequence, h.at, h.held_by, h.line, h.origin, \
             CASE WHEN EXISTS (SELECT 1 FROM ticket_fact c WHERE c.ticket = h.ticket \
               AND c.state = 'closed' AND c.late = 0 AND c.at > h.at) \
               AND h.at > (SELECT min(f.at) FROM ticket_fact f WHERE f.ticket = h.ticket) THEN 1 + greatest( \
               (SELECT max(k.late) FROM ticket_fact k WHERE k.ticket = h.ticket), \
               (SELECT max(o.late) FROM ticket_holder o WHERE o.ticket = h.ticket), \
               (SELECT max(r.late) FROM related_late r WHERE r.ticket = h.ticket), \
               (SELECT max(w.late) FROM requester_late w WHERE w.ticket = h.ticket)) ELSE 0 END \
           FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::uuid[], $5::smallint[], $6::text[]) \
           AS h (ticket, sequence, at, held_by, line, origin) ON CONFLICT (ticket, sequence) DO NOTHING) \
         SELECT version FROM book",
    )
    .bind(held.iter().map(|(t, _)| t.uuid()).collect::<Vec<_>>())
    .bind(all().map(|h| h.sequence).collect::<Vec<_>>())
    .bind(all().map(|h| h.at).collect::<Vec<_>>())
    .bind(all().map(|h| h.group.uuid()).collect::<Vec<_>>())
    .bind(all().map(|h| h.line).collect::<Vec<_>>())
    .bind(all().map(|h| h.origin.word()).collect::<Vec<_>>())
    .fetch_one(tx.conn())
    .await?)
}
