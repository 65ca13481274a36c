//! `hostInfo`, and what it and `serverStatus` read of the system.

use bson::{Document, doc};

use super::super::context::CommandContext;
use super::super::request::Request;
use crate::mql::Result;

/// `hostInfo`
pub fn host_info(cx: &mut CommandContext<'_>, _: &Request) -> Result<Document> {
    let system = rustix::system::uname();
    let text = |name: &std::ffi::CStr| name.to_string_lossy().into_owned();
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let cores = i32::try_from(cores).unwrap_or(1);
    let memory = total_memory() / (1024 * 1024);
    Ok(doc! {
        "system": {
            "currentTime": cx.env.now,
            "hostname": cx.server.host_name(),
            "cpuAddrSize": 64,
            "memSizeMB": memory,
            "memLimitMB": memory,
            "numCores": cores,
            "numPhysicalCores": cores,
            "numCpuSockets": 1,
            "cpuArch": text(system.machine()),
            "numaEnabled": false,
            "numNumaNodes": 1,
        },
        "os": {
            "type": text(system.sysname()),
            "name": text(system.sysname()),
            "version": format!("Kernel {}", text(system.release())),
        },
        "extra": { "versionString": text(system.version()), "kernelVersion": text(system.release()) },
    })
}

/// The machine's memory in bytes, 0 where it is not known.
fn total_memory() -> i64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    field(&text, "MemTotal:") * 1024
}

/// The process's resident and virtual memory in MB.
pub fn memory() -> (i32, i32) {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mb = |name: &str| i32::try_from(field(&text, name) / 1024).unwrap_or(i32::MAX);
    (mb("VmRSS:"), mb("VmSize:"))
}

/// A number of a file of `/proc`.
fn field(text: &str, name: &str) -> i64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
