//! Changes cells of the tenant's priority matrix. Tickets keep the priority they have until somebody classifies them anew.

use std::collections::BTreeSet;

use access::Permission;
use ids::TenantId;
use serde::Serialize;

use super::{Answer, Asking, Tools};
use crate::domain::Problem;
use crate::domain::priority::{Cell, Matrix};
use crate::store::matrix;

/// What is asked for.
#[derive(Debug, Clone, Serialize)]
pub struct SetPriorityMatrix {
    /// Whose.
    pub tenant: TenantId,
    /// These cells; the others stay.
    pub cells: Vec<Cell>,
}

/// Sets them; the whole matrix afterwards. Doing it again changes nothing, so it needs no key.
pub async fn set_priority_matrix(
    tools: &Tools,
    asking: &Asking<'_>,
    input: SetPriorityMatrix,
) -> Answer<Matrix> {
    asking
        .caller
        .require(input.tenant, Permission::ConfigureIntake)?;
    let mut places = BTreeSet::new();
    let twice = input
        .cells
        .iter()
        .any(|c| !places.insert((c.audience, c.impact, c.urgency)));
    if twice {
        return Ok(Err(vec![Problem::of(
            "cells",
            "CELL_TWICE",
            "La misma casilla figura dos veces",
        )]));
    }
    let mut tx = tools.db.begin(input.tenant).await?;
    matrix::set(tx.conn(), &input.cells).await?;
    let whole = matrix::read(tx.conn()).await?;
    tx.commit().await?;
    Ok(Ok(whole))
}
