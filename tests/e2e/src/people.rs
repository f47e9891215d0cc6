//! The people that `ventanilla tenant create --demo-people` makes.

/// What each of them signs in with.
pub const PASSWORD: &str = "ventana-abierta-al-sur";

/// Roles of the provider's staff.
pub const STAFF: [&str; 5] = [
    "agent",
    "inventory_manager",
    "coordinator",
    "quality_manager",
    "service_manager",
];

/// Where the person with this role signs in.
pub fn email(slug: &str, role: &str) -> String {
    let local = role.replace('_', "-");
    if STAFF.contains(&role) {
        format!("{local}.{slug}@soporte.example")
    } else {
        format!("{local}@{slug}.example")
    }
}
