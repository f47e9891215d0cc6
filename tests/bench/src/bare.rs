//! The least that HTTP and SQL cost: a bare actix-web handler with one transaction by sqlx, no tenants, no rules, no facts.

use actix_web::{App, HttpResponse, HttpServer, web};
use serde::Serialize;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

/// Two such servers, on the tables that pgbench has made.
pub struct Bare {
    /// Where three rows are written.
    pub writes: String,
    /// Where 50 rows are read.
    pub lists: String,
    handles: Vec<actix_web::dev::ServerHandle>,
}

#[derive(Serialize, sqlx::FromRow)]
struct Listed {
    id: i64,
    state: i32,
    due_at: chrono::DateTime<chrono::Utc>,
    subject: String,
}

async fn write(pool: web::Data<PgPool>) -> actix_web::Result<HttpResponse> {
    let body = "x".repeat(400);
    let id = inserted(&pool, &body)
        .await
        .map_err(actix_web::error::ErrorServiceUnavailable)?;
    Ok(HttpResponse::Ok().json(serde_json::json!({"id": id})))
}

async fn inserted(pool: &PgPool, body: &str) -> Result<i64, sqlx::Error> {
    let mut tx = pool.begin().await?;
    let id = sqlx::query_scalar("INSERT INTO bench_a (body) VALUES ($1) RETURNING id")
        .bind(body)
        .fetch_one(&mut *tx)
        .await?;
    for sql in [
        "INSERT INTO bench_b (body) VALUES ($1)",
        "INSERT INTO bench_c (body) VALUES ($1)",
    ] {
        sqlx::query(sql).bind(body).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(id)
}

async fn list(pool: web::Data<PgPool>) -> actix_web::Result<HttpResponse> {
    let rows: Vec<Listed> = sqlx::query_as(
        "SELECT id, state, due_at, subject FROM bench_list WHERE state < 5 ORDER BY due_at, id LIMIT 50",
    )
    .fetch_all(pool.get_ref())
    .await
    .map_err(actix_web::error::ErrorServiceUnavailable)?;
    Ok(HttpResponse::Ok().json(rows))
}

impl Bare {
    /// On the database of `url`.
    pub async fn start(url: &str) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .connect(url)
            .await?;
        let pool = web::Data::new(pool);
        let mut addresses = Vec::new();
        let mut handles = Vec::new();
        for lists in [false, true] {
            let pool = pool.clone();
            let server = HttpServer::new(move || {
                let route = if lists {
                    web::post().to(list)
                } else {
                    web::post().to(write)
                };
                App::new().app_data(pool.clone()).route("/graphql", route)
            })
            .workers(2)
            .disable_signals()
            .bind("127.0.0.1:0")?;
            let address = server.addrs().first().copied();
            let address = anyhow::Context::context(address, "no address")?;
            addresses.push(format!("http://{address}"));
            let server = server.run();
            handles.push(server.handle());
            tokio::spawn(server);
        }
        let mut addresses = addresses.into_iter();
        let mut next = || addresses.next().unwrap_or_default();
        Ok(Self {
            writes: next(),
            lists: next(),
            handles,
        })
    }

    /// Ends them.
    pub async fn stop(self) {
        for handle in self.handles {
            handle.stop(false).await;
        }
    }
}
