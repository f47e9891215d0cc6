//! The order in which rows are sent: cases by their first time, each case whole and in the order of (time, row).

use std::collections::HashMap;

use messaging::partition;

use super::rows::Row;

/// A case larger than this is cut into several commands (of one key, so they keep their order).
const LARGEST: usize = 5_000;

/// Rows for one command, and the key that decides its partition.
#[derive(Debug)]
pub struct Batch {
    /// Of every case in it, this or a key of the same partition.
    pub key: String,
    /// The rows.
    pub rows: Vec<Row>,
}

/// What decides a case's partition: the same in every run.
fn key(tool: &str, case: &str) -> String {
    format!("{tool}/{case}")
}

/// Gathers rows into cases in the order to be sent, and counts equal rows of a case.
pub fn cases(rows: Vec<Row>) -> Vec<Vec<Row>> {
    let mut place: HashMap<String, usize> = HashMap::new();
    let mut cases: Vec<Vec<Row>> = Vec::new();
    for row in rows {
        let n = *place.entry(row.case.clone()).or_insert_with(|| {
            cases.push(Vec::new());
            cases.len() - 1
        });
        cases[n].push(row);
    }
    for case in &mut cases {
        case.sort_by_key(|r| (r.at, r.row));
        let mut seen: HashMap<String, i32> = HashMap::new();
        for row in case {
            let times = seen.entry(row.sha.clone()).or_insert(0);
            *times += 1;
            row.occurrence = *times;
        }
    }
    cases.sort_by(|a, b| {
        let first = |c: &[Row]| c.first().map(|r| (r.at, r.case.clone()));
        first(a).cmp(&first(b))
    });
    cases
}

/// Packs cases into commands of about `size` rows, each of cases of one partition.
pub fn batches(tool: &str, cases: Vec<Vec<Row>>, size: usize, partitions: u16) -> Vec<Batch> {
    let mut open: HashMap<u16, Batch> = HashMap::new();
    let mut done = Vec::new();
    for mut case in cases {
        let Some(first) = case.first() else { continue };
        let own = key(tool, &first.case);
        let n = partition(&own, partitions);
        while case.len() > LARGEST {
            let rest = case.split_off(LARGEST);
            done.push(Batch {
                key: own.clone(),
                rows: std::mem::replace(&mut case, rest),
            });
        }
        let batch = open.entry(n).or_insert_with(|| Batch {
            key: own,
            rows: Vec::new(),
        });
        batch.rows.append(&mut case);
        if batch.rows.len() >= size {
            done.extend(open.remove(&n));
        }
    }
    // Last come those that were not full, in the order of partitions: the same every time.
    let mut rest: Vec<(u16, Batch)> = open.into_iter().collect();
    rest.sort_by_key(|(n, _)| *n);
    done.extend(rest.into_iter().map(|(_, batch)| batch));
    done
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use events::intake::TicketState;

    use super::*;

    fn row(n: i64, case: &str, minute: i64, sha: &str) -> Row {
        Row {
            row: n,
            sha: sha.to_owned(),
            occurrence: 1,
            case: case.to_owned(),
            at: chrono::DateTime::from_timestamp(minute * 60, 0).unwrap(),
            status: String::new(),
            sub_status: String::new(),
            state: TicketState::Open,
            group: None,
            line: None,
            owner: None,
            impact: None,
            urgency: None,
            priority: None,
            kind: None,
            subject: None,
            attributes: BTreeMap::new(),
        }
    }

    #[test]
    fn cases_by_first_time_rows_by_time_and_place() {
        let sorted = cases(vec![
            row(1, "b", 5, "x"),
            row(2, "a", 9, "y"),
            row(3, "b", 3, "z"),
            row(4, "a", 9, "y"),
            row(5, "a", 4, "w"),
        ]);
        let seen: Vec<Vec<(i64, i32)>> = sorted
            .iter()
            .map(|c| c.iter().map(|r| (r.row, r.occurrence)).collect())
            .collect();
        assert_eq!(seen, [vec![(3, 1), (1, 1)], vec![(5, 1), (2, 1), (4, 2)]]);
    }

    #[test]
    fn a_command_holds_whole_cases_of_one_partition() {
        let rows = (0..600)
            .map(|n| row(n, &format!("c{}", n % 100), n, &n.to_string()))
            .collect();
        let packed = batches("t", cases(rows), 50, 4);
        let mut home: HashMap<String, usize> = HashMap::new();
        for (n, batch) in packed.iter().enumerate() {
            let of = partition(&batch.key, 4);
            for row in &batch.rows {
                assert_eq!(partition(&key("t", &row.case), 4), of);
                assert_eq!(
                    *home.entry(row.case.clone()).or_insert(n),
                    n,
                    "case {} is torn",
                    row.case
                );
            }
        }
        assert_eq!(packed.iter().map(|b| b.rows.len()).sum::<usize>(), 600);
    }

    #[test]
    fn a_giant_case_is_cut_and_stays_in_order() {
        let rows = (0..12_000)
            .map(|n| row(n, "g", n, &n.to_string()))
            .collect();
        let packed = batches("t", cases(rows), 300, 4);
        assert_eq!(
            packed.iter().map(|b| b.rows.len()).collect::<Vec<_>>(),
            [5_000, 5_000, 2_000]
        );
        let order: Vec<i64> = packed
            .iter()
            .flat_map(|b| b.rows.iter().map(|r| r.row))
            .collect();
        assert!(order.is_sorted());
    }
}
