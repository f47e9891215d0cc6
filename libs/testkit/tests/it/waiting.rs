//! Waiting for what others bring about.

use std::{cell::Cell, time::Duration};

use testkit::eventually;

#[tokio::test]
async fn looks_until_it_is_there() {
    let looks = Cell::new(0);
    let found = eventually(Duration::from_secs(5), || async {
        looks.set(looks.get() + 1);
        (looks.get() >= 4).then(|| looks.get())
    })
    .await;
    assert_eq!(found, 4);
}

#[tokio::test]
#[should_panic(expected = "waited 60ms in vain: the clock has not started")]
async fn gives_the_last_reason_when_time_is_up() {
    let never = || async { Err::<(), _>(anyhow::anyhow!("the clock has not started")) };
    eventually(Duration::from_millis(60), never).await;
}

#[tokio::test]
#[should_panic(expected = "the look itself did not end")]
async fn a_look_that_hangs_does_not_hang_the_test() {
    eventually(
        Duration::from_millis(60),
        std::future::pending::<Option<()>>,
    )
    .await;
}
