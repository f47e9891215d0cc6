//! Work that one service gives another.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ids::EventId;
use messaging::{BusError, Command, CommandHandler, HandleError, park};
use tenancy::Tx;

use crate::world::{INTAKE, SOON, World};

#[derive(Default)]
struct Rows {
    never: Mutex<Option<i64>>,
}

#[async_trait]
impl CommandHandler for Rows {
    async fn handle(&self, tx: &mut Tx, commands: &[Command]) -> Result<(), HandleError> {
        for (index, command) in commands.iter().enumerate() {
            let n: i64 = serde_json::from_str(command.body.get())
                .map_err(|e| HandleError::never(index, e))?;
            if *self.never.lock().unwrap() == Some(n) {
                return Err(HandleError::never(index, "no such column"));
            }
        }
        let numbers: Vec<i64> = commands
            .iter()
            .map(|one| serde_json::from_str(one.body.get()).unwrap())
            .collect();
        sqlx::query(
            "INSERT INTO applied (subject, sequence, kind) SELECT subject, n, 'row' \
             FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k (subject, n, place) ORDER BY place",
        )
        .bind(commands.iter().map(|one| one.key.clone()).collect::<Vec<_>>())
        .bind(numbers)
        .execute(tx.conn())
        .await?;
        Ok(())
    }
}

fn command(world: &World, tenant: ids::TenantId, key: &str, n: i64) -> Command {
    Command {
        id: EventId::new(&*world.ids),
        name: "import_row".to_owned(),
        tenant,
        key: key.to_owned(),
        body: serde_json::value::to_raw_value(&n).unwrap(),
        traceparent: None,
    }
}

#[tokio::test]
async fn commands_of_a_key_are_done_in_order_and_a_bad_one_is_parked() {
    let world = World::of(&INTAKE, "commands", 2).await;
    let handler = Arc::new(Rows {
        never: Mutex::new(Some(7)),
    });
    let running = world.run_with(None, Some(handler));
    for (at, tenant) in world.tenants.iter().enumerate() {
        let commands: Vec<Command> = (1..=300)
            .filter(|n| at == 0 || *n != 7)
            .map(|n| command(&world, *tenant, &format!("case-{}", n % 3), n))
            .collect();
        world.bus.send("intake", &commands).await.unwrap();
    }
    for (at, tenant) in world.tenants.iter().enumerate() {
        for key in 0..3 {
            let wanted: Vec<i64> = (1..=300).filter(|n| n % 3 == key && *n != 7).collect();
            assert!(at < 2);
            world
                .until_applied(*tenant, &format!("case-{key}"), &wanted)
                .await;
        }
    }
    let parked = testkit::eventually(SOON, || async {
        let parked = park::list(&world.bus, "intake", 10).await.unwrap();
        (parked.len() == 1).then_some(parked)
    })
    .await;
    assert_eq!(
        (
            parked[0].kind.as_str(),
            parked[0].body.contains("\"body\":7")
        ),
        ("import_row", true)
    );
    assert_eq!(parked[0].reason, "no such column");
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_service_that_takes_no_commands_says_so() {
    let world = World::of(&INTAKE, "no commands", 1).await;
    let running = world.run(None);
    let tenant = world.tenants[0];
    world
        .bus
        .send("intake", &[command(&world, tenant, "k", 1)])
        .await
        .unwrap();
    let parked = testkit::eventually(SOON, || async {
        let parked = park::list(&world.bus, "intake", 10).await.unwrap();
        (parked.len() == 1).then_some(parked)
    })
    .await;
    assert_eq!(parked[0].reason, "intake takes no commands");
    let refused = world.bus.send("nobody", &[]).await.unwrap_err();
    assert!(matches!(refused, BusError::UnknownService(_)));
    let refused = world.bus.send("knowledge", &[]).await.unwrap_err();
    assert!(matches!(refused, BusError::NoCommands(_)));
    running.stop().await;
    world.end().await;
}
