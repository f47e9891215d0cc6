//! sea-orm over a tenant's transaction.

use sea_orm::{
    ActiveValue::Set, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Statement,
    entity::prelude::*,
};
use tenancy::{TenancyError, Tx};

use crate::world::{DESK, World, story};

mod note {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub body: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[tokio::test]
async fn entities_are_written_and_read() {
    story(async {
        let world = World::start("orm", &DESK).await;
        let acme = world.tenant("acme").await;
        let ids: Vec<Uuid> = (0..3).map(|_| world.ids.uuid()).collect();
        let mut tx = world.db.begin(acme).await.unwrap();
        let rows = ids
            .iter()
            .zip(["uno", "dos", "tres"])
            .map(|(id, body)| note::ActiveModel {
                id: Set(*id),
                body: Set(body.to_owned()),
            });
        note::Entity::insert_many(rows).exec(&*tx).await.unwrap();
        let found = note::Entity::find()
            .filter(note::Column::Body.ne("dos"))
            .order_by_asc(note::Column::Body)
            .all(&*tx)
            .await
            .unwrap();
        assert_eq!(
            found
                .iter()
                .map(|row| row.body.as_str())
                .collect::<Vec<_>>(),
            ["tres", "uno"]
        );
        // Both ways see the same transaction.
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM note")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        assert_eq!(count, 3);
        assert_eq!(rename(&mut tx, ids[0], "cero").await.unwrap(), 1);
        tx.commit().await.unwrap();

        let tx = world.db.begin(acme).await.unwrap();
        let one = note::Entity::find_by_id(ids[0]).one(&*tx).await.unwrap();
        assert_eq!(one.map(|row| row.body).as_deref(), Some("cero"));
        assert_eq!(
            note::Entity::find_by_id(world.ids.uuid())
                .one(&*tx)
                .await
                .unwrap(),
            None
        );
        let done = tx.execute_unprepared("DELETE FROM note").await.unwrap();
        assert_eq!(done.rows_affected(), 3);
        tx.rollback().await.unwrap();
    })
    .await;
}

/// As stores take it.
async fn rename(tx: &mut Tx, id: Uuid, body: &str) -> Result<u64, TenancyError> {
    let sql = "UPDATE note SET body = $2 WHERE id = $1";
    let done = (*tx)
        .execute_raw(Statement::from_sql_and_values(
            tx.get_database_backend(),
            sql,
            [id.into(), body.into()],
        ))
        .await?;
    Ok(done.rows_affected())
}

#[tokio::test]
async fn a_refusal_keeps_its_code() {
    story(async {
        let world = World::start("orm-refusal", &DESK).await;
        let acme = world.tenant("acme").await;
        let tx = world.db.begin(acme).await.unwrap();
        let refused = tx
            .execute_unprepared("SELECT id FROM platform.tenant")
            .await
            .unwrap_err();
        let refused = TenancyError::from(refused);
        assert_eq!(refused.sql_state().as_deref(), Some("42501"));
        assert!(!refused.is_transient());
    })
    .await;
}
