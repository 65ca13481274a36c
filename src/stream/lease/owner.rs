//! Who a process is, so that another can tell whether it is still there.

use bson::{Bson, Document, doc};

/// A process on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The host: its boot and the pid namespace where there are such, else its name. Processes
    /// with the same `host` see each other's pids.
    pub host: String,
    /// The host's name, for people.
    pub name: String,
    /// The process.
    pub pid: i64,
    /// When the process was started, by the host's own count: a pid is used again. Empty where
    /// that is not known.
    pub process: String,
}

impl Owner {
    /// This process.
    #[must_use]
    pub fn this_process() -> Self {
        let name = host_name();
        let pid = i64::from(std::process::id());
        Self {
            host: host().unwrap_or_else(|| name.clone()),
            name,
            pid,
            process: started(pid).map_or_else(String::new, |(_, started)| started),
        }
    }

    /// `{ host, name, pid, process }`
    #[must_use]
    pub fn to_document(&self) -> Document {
        doc! { "host": &self.host, "name": &self.name, "pid": self.pid, "process": &self.process }
    }

    /// Reads that; nothing where it is none.
    #[must_use]
    pub fn from_document(owner: &Document) -> Option<Self> {
        let text = |field: &str| owner.get_str(field).unwrap_or_default().to_string();
        let pid = match owner.get("pid")? {
            Bson::Int32(pid) => i64::from(*pid),
            Bson::Int64(pid) => *pid,
            _ => return None,
        };
        Some(Self {
            host: text("host"),
            name: text("name"),
            pid,
            process: text("process"),
        })
    }

    /// Whether the process is certainly gone: it was on this host, and is not there any more.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        if self.host.is_empty() || self.host != Self::this_process().host {
            return false;
        }
        match started(self.pid) {
            Some((state, started)) => {
                let another = !self.process.is_empty() && started != self.process;
                // A zombie has ended, only its parent has not looked yet.
                another || matches!(state, 'Z' | 'X')
            }
            // Its folder may be hidden from other users, or there are none at all.
            None => !exists(self.pid),
        }
    }
}

/// `ada, process 123`
impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = if self.name.is_empty() {
            &self.host
        } else {
            &self.name
        };
        write!(f, "{name}, process {}", self.pid)
    }
}

/// The boot, and the namespace of pids in it: containers of one host do not see each other's.
fn host() -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), namespace.display()))
}

fn host_name() -> String {
    let system = rustix::system::uname();
    system.nodename().to_string_lossy().into_owned()
}

/// The state of a process, and when it was started, in clock ticks since the boot (proc(5)).
fn started(pid: i64) -> Option<(char, String)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in brackets, may have spaces and brackets itself.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    // The third field is the state, the 22nd the start.
    let started = fields.nth(18)?.to_string();
    Some((state, started))
}

/// Whether there is a process with this pid; yes where that cannot be told.
fn exists(pid: i64) -> bool {
    let pid = i32::try_from(pid)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    let asked = pid.map(rustix::process::test_kill_process);
    !matches!(asked, Some(Err(error)) if error == rustix::io::Errno::SRCH)
}

#[cfg(test)]
mod tests {
    use super::Owner;

    #[test]
    fn this_process_is_there_and_is_read_back() {
        let owner = Owner::this_process();
        assert!(!owner.is_gone());
        assert_eq!(Owner::from_document(&owner.to_document()), Some(owner));
    }

    #[test]
    fn a_process_that_ended_is_gone_before_and_after_its_parent_looks() {
        let mut child = std::process::Command::new("sleep")
            .arg("100")
            .spawn()
            .unwrap();
        let pid = i64::from(child.id());
        let mut owner = Owner::this_process();
        owner.pid = pid;
        owner.process = super::started(pid).map(|s| s.1).unwrap_or_default();
        assert!(!owner.is_gone());
        child.kill().unwrap();
        while !owner.is_gone() {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(owner.is_gone());
    }

    #[test]
    fn a_reused_pid_is_another_process_and_another_host_is_never_judged() {
        let mut owner = Owner::this_process();
        if !owner.process.is_empty() {
            owner.process = "1".into();
            assert!(owner.is_gone());
        }
        owner.host = "elsewhere".into();
        owner.pid = i64::from(i32::MAX);
        assert!(!owner.is_gone());
    }
}
