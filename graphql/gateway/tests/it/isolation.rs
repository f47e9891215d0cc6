//! Two tenants asking the same thing at the same moment never get each other's answer.

use std::sync::atomic::Ordering::SeqCst;

use crate::world::World;

/// Resident memory of a process, MiB; `None` where the system does not say.
fn resident_mib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? / 1024)
}

#[tokio::test]
async fn concurrent_identical_queries_of_two_tenants_never_share_an_answer() {
    let world = World::new();
    world.intake.slow_ms.store(5, SeqCst);
    world.sla_clock.slow_ms.store(5, SeqCst);
    let tenants = ["tnt_a", "tnt_b"];
    for tenant in tenants {
        world.directory.knows(tenant, tenant, "agent");
    }
    let query = "{ whoami { tenant } ticket(id: \"tkt_1\") { tenant clocksReadFor } }";
    let mut answers = 0;
    for _ in 0..25 {
        let together = (0..64).map(|i| {
            let tenant = tenants[i % 2];
            let world = &world;
            async move { (tenant, world.ask(tenant, query).await) }
        });
        for (tenant, answer) in futures_util::future::join_all(together).await {
            let data = answer.data();
            assert_eq!(data["whoami"]["tenant"], tenant);
            assert_eq!(data["ticket"]["tenant"], tenant);
            assert_eq!(data["ticket"]["clocksReadFor"], tenant);
            answers += 1;
        }
    }
    assert_eq!(answers, 1600);
    // Otherwise this test would not have met what it is about: requests in flight that are shared.
    assert!(world.intake.asked.load(SeqCst) < 2 * answers);
    if let Some(mib) = resident_mib(world.gateway.child.id()) {
        assert!(mib <= 60, "{mib} MiB resident");
    }
}
