//! The reopening window, as the graph shows it.

use async_graphql::SimpleObject;

use crate::domain::reopening::Window;

/// Within how long of its solution a ticket may be reopened by whoever asked for it. The provider's staff are not bound by it.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReopeningWindow {
    /// So many hours of 60 minutes, 1 to 8,760, whatever calendar counts; without limit if absent.
    pub hours: Option<i32>,
}

impl ReopeningWindow {
    pub(super) fn of(window: Option<Window>) -> Self {
        Self {
            hours: window.map(Window::hours),
        }
    }
}
