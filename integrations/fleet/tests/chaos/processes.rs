//! The processes of the instances. They end when this is dropped.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use crate::clock::now;
use crate::history::Records;
use crate::instance::{Role, VARIABLE};
use crate::report::{Counts, Report};

/// All instances.
pub struct Processes {
    roles: Vec<Role>,
    children: Vec<Child>,
    records: Arc<Records>,
    /// The processes that were killed on purpose.
    killed: Arc<Mutex<Vec<u32>>>,
}

impl Processes {
    pub fn start(roles: Vec<Role>, records: &Arc<Records>) -> Self {
        records.open().instances.resize_with(roles.len(), Default::default);
        let mut processes = Self {
            roles,
            children: Vec::new(),
            records: Arc::clone(records),
            killed: Arc::default(),
        };
        for number in 0..processes.roles.len() {
            let child = processes.spawn(number);
            processes.children.push(child);
        }
        processes
    }

    /// Runs this program again, as one of its tests.
    fn spawn(&self, number: usize) -> Child {
        let program = env::current_exe().expect("this program has a path");
        let mut child = Command::new(program)
            .args(["instance", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .env(VARIABLE, self.roles[number].to_variable())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be run");
        let mut history = self.records.open();
        history.instances[number].counts.push(Counts::default());
        drop(history);
        let (records, killed) = (Arc::clone(&self.records), Arc::clone(&self.killed));
        let (id, out) = (child.id(), child.stdout.take().expect("it is piped"));
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if let Some(report) = Report::parse(&line) {
                    records.open().told(number, report);
                }
            }
            if !killed.lock().expect("nothing panics under it").contains(&id) {
                records.open().instances[number].ended.get_or_insert(now());
            }
        });
        child
    }

    /// Stops an instance, as if its machine hung.
    pub fn stop(&self, number: usize) {
        self.signal(number, Signal::STOP);
    }

    pub fn resume(&self, number: usize) {
        self.signal(number, Signal::CONT);
    }

    fn signal(&self, number: usize, signal: Signal) {
        let pid = Pid::from_child(&self.children[number]);
        // An instance that has ended unexpectedly is found elsewhere.
        let _ = kill_process(pid, signal);
    }

    pub fn kill(&mut self, number: usize) {
        let child = &mut self.children[number];
        self.killed.lock().expect("nothing panics under it").push(child.id());
        // It may have ended already.
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Restarts an instance that was killed at this time.
    pub fn restart(&mut self, number: usize, killed: u64) {
        self.records.open().instances[number].killed.push(killed);
        self.children[number] = self.spawn(number);
    }

    /// Makes all instances call often, independent of their breakers' periods.
    pub fn hurry(&mut self) {
        for child in &mut self.children {
            let stdin = child.stdin.as_mut().expect("it is piped");
            // An instance that has ended unexpectedly is found elsewhere.
            let _ = stdin.write_all(b"!").and_then(|()| stdin.flush());
        }
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for number in 0..self.children.len() {
            self.kill(number);
        }
    }
}
