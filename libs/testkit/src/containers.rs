//! Servers in containers, where a Docker engine answers and holds the images.

use std::{process::Command, sync::OnceLock};

use anyhow::Context;
use testcontainers::{
    ContainerAsync, GenericImage, ImageExt,
    core::{IntoContainerPort, WaitFor, client::docker_client_instance},
    runners::AsyncRunner,
};

use crate::{guard::Guard, run, servers::Servers};

const POSTGRES: (&str, &str) = ("postgres", "15-alpine");
const RABBITMQ: (&str, &str) = ("rabbitmq", "3-management-alpine");
const REDIS: (&str, &str) = ("redis", "7-alpine");

/// Kept for the life of the process; the guard removes the containers when it ends (a static is never dropped).
static KEPT: OnceLock<(Vec<ContainerAsync<GenericImage>>, Guard)> = OnceLock::new();

/// `None` where no engine answers or an image is missing: nothing is pulled behind the back of whoever runs tests.
pub(crate) async fn start() -> anyhow::Result<Option<Servers>> {
    // The guard removes containers through the command line, so it must be there and see the engine too.
    let answers = Command::new("docker")
        .args(["version", "--format", "{{.Server.Version}}"])
        .output();
    if !answers.is_ok_and(|output| output.status.success()) {
        return Ok(None);
    }
    let docker = docker_client_instance().await?;
    for (name, tag) in [POSTGRES, RABBITMQ, REDIS] {
        if docker
            .inspect_image(&format!("{name}:{tag}"))
            .await
            .is_err()
        {
            return Ok(None);
        }
    }
    let password = run::id();
    let postgres = GenericImage::new(POSTGRES.0, POSTGRES.1)
        .with_exposed_port(5432.tcp())
        // The first "ready" is the one of the temporary server that creates the role.
        .with_wait_for(WaitFor::message_on_stdout(
            "PostgreSQL init process complete",
        ))
        .with_wait_for(WaitFor::message_on_stderr(
            "database system is ready to accept connections",
        ))
        .with_cmd([
            "postgres",
            "-c",
            "fsync=off",
            "-c",
            "jit=off",
            "-c",
            "max_connections=300",
            "-c",
            "max_locks_per_transaction=256",
        ])
        .with_env_var("POSTGRES_PASSWORD", password)
        .start();
    let rabbitmq = GenericImage::new(RABBITMQ.0, RABBITMQ.1)
        .with_exposed_port(5672.tcp())
        .with_exposed_port(15672.tcp())
        .with_wait_for(WaitFor::message_on_stdout("Server startup complete"))
        .with_env_var("RABBITMQ_DEFAULT_USER", "ventanilla")
        .with_env_var("RABBITMQ_DEFAULT_PASS", password)
        .start();
    let redis = GenericImage::new(REDIS.0, REDIS.1)
        .with_exposed_port(6379.tcp())
        .with_wait_for(WaitFor::message_on_stdout("Ready to accept connections"))
        .start();
    let (postgres, rabbitmq, redis) =
        tokio::try_join!(postgres, rabbitmq, redis).context("containers")?;
    let found = Servers {
        postgres_owner_url: format!(
            "postgres://postgres:{password}@{}/postgres",
            address(&postgres, 5432).await?
        ),
        amqp_url: format!(
            "amqp://ventanilla:{password}@{}/%2f",
            address(&rabbitmq, 5672).await?
        ),
        amqp_admin_url: format!(
            "http://ventanilla:{password}@{}",
            address(&rabbitmq, 15672).await?
        ),
        redis_url: format!("redis://{}/0", address(&redis, 6379).await?),
    };
    let guard = Guard::new(
        "docker",
        &["rm", "-f", "-v", postgres.id(), rabbitmq.id(), redis.id()],
    )?;
    let _ = KEPT.set((vec![postgres, rabbitmq, redis], guard));
    Ok(Some(found))
}

async fn address(container: &ContainerAsync<GenericImage>, port: u16) -> anyhow::Result<String> {
    Ok(format!(
        "{}:{}",
        container.get_host().await?,
        container.get_host_port_ipv4(port.tcp()).await?
    ))
}
