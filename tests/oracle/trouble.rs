//! What goes wrong.

use std::collections::BTreeMap;
use std::fmt;
use std::thread::sleep;
use std::time::{Duration, Instant};

use mongodb::bson::doc;

use crate::ground::Ground;
use crate::hosts::Hosts;
use crate::support::{Random, ReplicaSet};

/// A thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// The owner of the stream is killed, and started again at once.
    KillOwner,
    /// Any host is killed, and started again a while later.
    KillHost,
    /// The owner is told to end, and started again at once.
    StopOwner,
    /// The owner is paused past its lease, and goes on.
    PauseOwner,
    /// The primary steps down.
    StepDown,
    /// A member is frozen, and thawed.
    Freeze,
    /// `rhaiver serve` is killed, and started again.
    KillServe,
}

/// What is done in which order, and how often it was.
pub struct Troubles {
    random: Random,
    done: BTreeMap<Trouble, u32>,
}

impl Troubles {
    pub fn new(random: Random) -> Self {
        Self {
            random,
            done: BTreeMap::new(),
        }
    }

    /// One trouble after the other, in rounds in which each comes up.
    pub fn run(mut self, time: Duration, ground: &Ground, hosts: &mut Hosts<'_>) -> Self {
        let end = Instant::now() + time;
        loop {
            let mut round = kinds(ground).to_vec();
            self.random.shuffle(&mut round);
            for trouble in round {
                sleep(self.pause(500, 1500));
                if Instant::now() >= end {
                    return self;
                }
                hosts.revive();
                if self.make(trouble, ground, hosts) {
                    *self.done.entry(trouble).or_default() += 1;
                }
            }
        }
    }

    fn pause(&mut self, low: u64, high: u64) -> Duration {
        Duration::from_millis(self.random.between(low, high))
    }

    /// Makes trouble, and tells whether it came about.
    fn make(&mut self, trouble: Trouble, ground: &Ground, hosts: &mut Hosts<'_>) -> bool {
        let any = usize::try_from(self.random.below(2)).unwrap();
        match (trouble, ground) {
            (Trouble::KillOwner, _) => {
                hosts.kill(hosts.owner().unwrap_or(any));
                hosts.revive();
            }
            (Trouble::KillHost, _) => {
                hosts.kill(any);
                sleep(self.pause(200, 2500));
                hosts.revive();
            }
            (Trouble::StopOwner, _) => {
                hosts.end(hosts.owner().unwrap_or(any));
                hosts.revive();
            }
            (Trouble::PauseOwner, _) => {
                let host = hosts.owner().unwrap_or(any);
                hosts.signal(host, "-STOP");
                sleep(self.pause(1000, 4500));
                hosts.signal(host, "-CONT");
            }
            (Trouble::StepDown, Ground::ReplicaSet(set)) => return step_down(set),
            (Trouble::Freeze, Ground::ReplicaSet(set)) => {
                let member = usize::try_from(self.random.below(3)).unwrap();
                set.signal(member, "STOP");
                sleep(self.pause(1000, 5000));
                set.signal(member, "CONT");
            }
            (Trouble::KillServe, Ground::Embedded { .. }) => {
                ground.kill_serve();
                sleep(self.pause(0, 500));
                ground.serve();
            }
            _ => return false,
        }
        true
    }
}

fn kinds(ground: &Ground) -> &'static [Trouble] {
    match ground {
        Ground::ReplicaSet(_) => &[
            Trouble::KillOwner,
            Trouble::KillOwner,
            Trouble::KillHost,
            Trouble::StopOwner,
            Trouble::PauseOwner,
            Trouble::StepDown,
            Trouble::Freeze,
        ],
        Ground::Embedded { .. } => &[
            Trouble::KillOwner,
            Trouble::KillOwner,
            Trouble::KillHost,
            Trouble::StopOwner,
            Trouble::PauseOwner,
            Trouble::KillServe,
        ],
    }
}

/// A primary that finds nobody to take over stays.
fn step_down(set: &ReplicaSet) -> bool {
    let command = doc! { "replSetStepDown": 4, "secondaryCatchUpPeriodSecs": 3 };
    set.ask(set.primary(), command).is_some()
}

impl fmt::Display for Troubles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done: Vec<String> = self
            .done
            .iter()
            .map(|(trouble, count)| format!("{trouble:?} {count}"))
            .collect();
        f.write_str(&done.join(", "))
    }
}
