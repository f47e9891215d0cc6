//! A disk that is full, where intake's outbox lies: a small file system of its own (tmpfs) as a tablespace of Postgres.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use e2e::audit;
use sqlx::{AssertSqlSafe, PgConnection};
use testkit::Suite;
use tokio::time::sleep;

use crate::ground::Ground;

const TABLESPACE: &str = "chaos_small_disk";
/// Room for what is on its way in a run without a fault, several times over.
const SIZE: &str = "4m";

/// The file system, with the outbox on it. Dropped, it is taken away, whatever lies on it.
#[derive(Debug)]
pub struct SmallDisk {
    place: PathBuf,
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("-l").arg(&self.place).output();
    }
}

async fn run(on: &mut PgConnection, sql: String) -> anyhow::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(on).await?;
    Ok(())
}

impl SmallDisk {
    /// Makes it and moves the outbox there; or why that is not permitted here.
    pub async fn lay(ground: &Ground) -> anyhow::Result<Result<Self, String>> {
        let servers = ground.breakable()?;
        let owner = std::fs::metadata(servers.dir().join("postgres/data"))?;
        let place = servers.dir().join("postgres/small");
        std::fs::create_dir_all(&place)?;
        let place = place.canonicalize()?;
        let options = format!(
            "size={SIZE},mode=700,uid={},gid={}",
            owner.uid(),
            owner.gid()
        );
        let mounting = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(&place)
            .output();
        match mounting {
            Ok(done) if done.status.success() => {}
            Ok(done) => {
                let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
                return Ok(Err(format!("no small disk can be mounted: {said}")));
            }
            Err(error) => return Ok(Err(format!("no small disk can be mounted: {error}"))),
        }
        let disk = Self { place };
        let mut intake = audit::open(&ground.at.suite, "intake").await?;
        let place = disk.place.display();
        for sql in [
            // So that what moves is what is there, and not the graves of earlier runs.
            "VACUUM FULL platform.outbox".to_owned(),
            format!("CREATE TABLESPACE {TABLESPACE} LOCATION '{place}'"),
            format!("ALTER TABLE platform.outbox SET TABLESPACE {TABLESPACE}"),
        ] {
            run(&mut intake, sql).await?;
        }
        Ok(Ok(disk))
    }

    /// Fills it to the last byte, and frees it after so long.
    pub async fn be_full(&self, suite: &Suite, long: Duration) -> anyhow::Result<()> {
        let mut intake = audit::open(suite, "intake").await?;
        // What was deleted is cleared away, and from then on kept for our snapshot's sake: every row needs new room.
        for sql in [
            "VACUUM FULL platform.outbox",
            "BEGIN ISOLATION LEVEL REPEATABLE READ",
            "SELECT count(*) FROM platform.outbox",
        ] {
            run(&mut intake, sql.to_owned()).await?;
        }
        let filler = self.place.join("filler");
        let mut file = File::create(&filler)?;
        while file.write_all(&[0; 4096]).is_ok() {}
        drop(file);
        sleep(long).await;
        std::fs::remove_file(&filler)?;
        run(&mut intake, "ROLLBACK".to_owned()).await
    }

    /// Moves the outbox back to where it was.
    pub async fn take_away(self, suite: &Suite) -> anyhow::Result<()> {
        let mut intake = audit::open(suite, "intake").await?;
        for sql in [
            "ALTER TABLE platform.outbox SET TABLESPACE pg_default".to_owned(),
            format!("DROP TABLESPACE {TABLESPACE}"),
        ] {
            run(&mut intake, sql).await?;
        }
        Ok(())
    }
}
