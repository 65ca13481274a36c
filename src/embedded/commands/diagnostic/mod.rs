//! Commands that say what the server is and how it does. Where a number of the server's has no meaning here
//! (its storage engine, its elections), the field is there with zero if tools read it, and left out if not.

mod about;
mod admin;
mod hash;
mod host;
mod list;
mod log;
mod parameters;
mod profile;
mod replica_set;
mod roles;
mod statistics;
mod status;
mod validate;

pub use about::{
    GIT_VERSION, available_query_options, build_info, connection_status, features,
    get_cmd_line_opts, get_nonce, list_users, ping, whats_my_uri,
};
pub use admin::{
    default_concern, fsync, get_last_error, log_rotate, plan_cache_clear, sleep, test_version,
};
pub use hash::db_hash;
pub use host::host_info;
pub use list::list_commands;
pub use log::get_log;
pub use parameters::{get_parameter, set_parameter};
pub use profile::{profile, top};
pub use replica_set::{get_config, get_status, step_down};
pub use roles::roles_info;
pub(super) use statistics::collection;
pub use statistics::{coll_stats, data_size, db_stats};
pub use status::server_status;
pub use validate::validate;
