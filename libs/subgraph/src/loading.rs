//! What one request asks for in many places is read together.

use std::time::Duration;

use async_graphql::dataloader::DataLoader;

/// A loader without a timer: it gathers what is asked for at once, and waits for nothing more.
pub fn loader<T>(of: T) -> DataLoader<T> {
    DataLoader::new(of, tokio::spawn).delay(Duration::ZERO)
}

/// Loaders that read for one caller by an action each: the name, what it is asked by and gives, and the action, which takes
/// the tools, the caller and the keys. The service's tools are named first:
///
/// ```ignore
/// subgraph::loaders! {
///     Tools;
///     /// Groups by global id.
///     Groups: GlobalId<GroupId> => Group, groups_by_id;
/// }
/// ```
#[macro_export]
macro_rules! loaders {
    ($tools:ty; $($(#[$doc:meta])* $name:ident: $key:ty => $value:ty, $load:path;)+) => {$(
        $(#[$doc])*
        pub struct $name {
            tools: $tools,
            caller: ::std::sync::Arc<::access::Caller>,
        }

        impl $name {
            /// For one request of one caller.
            pub fn new(tools: &$tools, caller: &::std::sync::Arc<::access::Caller>) -> Self {
                Self { tools: tools.clone(), caller: caller.clone() }
            }
        }

        impl ::async_graphql::dataloader::Loader<$key> for $name {
            type Value = $value;
            type Error = ::async_graphql::Error;

            async fn load(
                &self,
                keys: &[$key],
            ) -> ::std::result::Result<::std::collections::HashMap<$key, $value>, Self::Error> {
                $load(&self.tools, &self.caller, keys).await.map_err($crate::fault)
            }
        }
    )+};
}
