//! Which roles somebody may hold, and who may give them.

use access::Role;

use super::problem::Problem;

/// What a person of a tenant may be.
pub const OF_PEOPLE: [Role; 3] = [Role::Requester, Role::ApplicationOwner, Role::TenantAdmin];
/// What a machine may be.
pub const OF_MACHINES: [Role; 1] = [Role::Integrator];

/// Sorts, removes repeats, and refuses what is not `allowed` or nothing at all.
///
/// # Errors
/// A problem with `roles`.
pub fn read(mut roles: Vec<Role>, allowed: impl Fn(Role) -> bool) -> Result<Vec<Role>, Problem> {
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        return Err(Problem::at(
            "roles",
            "ROLES_EMPTY",
            "Indique al menos un rol.",
        ));
    }
    match roles.iter().find(|r| !allowed(**r)) {
        Some(role) => Err(Problem::at(
            "roles",
            "ROLE_INVALID",
            format!("El rol {role} no corresponde aquí."),
        )),
        None => Ok(roles),
    }
}

/// Whether somebody with `own` roles may give, take or stand in for `role`. Nobody makes another more than oneself:
/// who could set the password of an administrator could sign in as one.
pub fn may_give(own: &[Role], role: Role) -> bool {
    match role {
        Role::TenantAdmin => {
            own.contains(&Role::TenantAdmin) || own.contains(&Role::ServiceManager)
        }
        Role::ServiceManager | Role::QualityManager => own.contains(&Role::ServiceManager),
        _ => true,
    }
}

/// [`may_give`] for several.
///
/// # Errors
/// A problem with `roles`.
pub fn check_giving(own: &[Role], roles: &[Role]) -> Result<(), Problem> {
    match roles.iter().find(|r| !may_give(own, **r)) {
        Some(role) => Err(Problem::at(
            "roles",
            "ROLE_TOO_HIGH",
            format!("Sus roles no alcanzan para otorgar, quitar o representar el rol {role}."),
        )),
        None => Ok(()),
    }
}

/// As tables and facts have them.
pub fn words(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|r| r.as_str().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coordinator_makes_no_administrator() {
        let own = [Role::Coordinator];
        assert!(may_give(&own, Role::Requester));
        assert!(may_give(&own, Role::Agent));
        assert!(!may_give(&own, Role::TenantAdmin));
        assert!(!may_give(&own, Role::ServiceManager));
        assert!(may_give(&[Role::TenantAdmin], Role::TenantAdmin));
        assert!(!may_give(&[Role::TenantAdmin], Role::ServiceManager));
    }

    #[test]
    fn roles_are_a_set_and_not_empty() {
        let allowed = |r| OF_PEOPLE.contains(&r);
        assert_eq!(
            read(
                vec![Role::TenantAdmin, Role::Requester, Role::Requester],
                allowed
            ),
            Ok(vec![Role::Requester, Role::TenantAdmin])
        );
        assert_eq!(read(vec![], allowed).unwrap_err().code, "ROLES_EMPTY");
        assert_eq!(
            read(vec![Role::Agent], allowed).unwrap_err().code,
            "ROLE_INVALID"
        );
    }
}
