//! The thread that a handler lives on.

use std::thread::JoinHandle;

use bson::RawDocumentBuf;
use tokio::sync::{mpsc, oneshot};

use super::handler::{Failure, Handler, Refresh};

enum Job {
    Handle(RawDocumentBuf, oneshot::Sender<Result<(), Failure>>),
    Refresh(oneshot::Sender<Refresh>),
    Generation(oneshot::Sender<String>),
}

/// A handler on its thread. Dropping it ends the thread after the job it is at.
pub struct Worker {
    jobs: mpsc::Sender<Job>,
    thread: Option<JoinHandle<()>>,
}

/// The worker's thread ended: the handler panicked.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the handler's thread ended")]
pub struct WorkerGone;

impl Worker {
    /// Makes the handler on a thread of its own, with a stack of `stack` bytes.
    ///
    /// # Errors
    /// What making the handler failed with.
    pub async fn spawn<H: Handler, E: Send + 'static>(
        stack: usize,
        make: impl FnOnce() -> Result<H, E> + Send + 'static,
    ) -> Result<Result<Self, E>, WorkerGone> {
        let (jobs, queue) = mpsc::channel(1);
        let (ready, made) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("handler".into())
            .stack_size(stack)
            .spawn(move || match make() {
                Ok(handler) => {
                    let _ = ready.send(Ok(()));
                    work(handler, queue);
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                }
            });
        let thread = thread.map_err(|_| WorkerGone)?;
        let made = made.await.map_err(|_| WorkerGone)?;
        Ok(made.map(|()| Self {
            jobs,
            thread: Some(thread),
        }))
    }

    /// Handles one event.
    ///
    /// # Errors
    /// [`WorkerGone`]; inside, the handler's failure.
    pub async fn handle(&self, event: RawDocumentBuf) -> Result<Result<(), Failure>, WorkerGone> {
        self.ask(|answer| Job::Handle(event, answer)).await
    }

    /// Lets the handler take up an edit.
    ///
    /// # Errors
    /// [`WorkerGone`].
    pub async fn refresh(&self) -> Result<Refresh, WorkerGone> {
        self.ask(Job::Refresh).await
    }

    /// The handler's generation.
    ///
    /// # Errors
    /// [`WorkerGone`].
    pub async fn generation(&self) -> Result<String, WorkerGone> {
        self.ask(Job::Generation).await
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<T>) -> Job) -> Result<T, WorkerGone> {
        let (send, answer) = oneshot::channel();
        self.jobs.send(job(send)).await.map_err(|_| WorkerGone)?;
        answer.await.map_err(|_| WorkerGone)
    }

    /// Ends the thread, and waits for it.
    pub fn join(mut self) {
        let thread = self.thread.take();
        drop(self);
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

fn work(mut handler: impl Handler, mut queue: mpsc::Receiver<Job>) {
    while let Some(job) = queue.blocking_recv() {
        match job {
            Job::Handle(event, answer) => {
                let _ = answer.send(handler.handle(&event));
            }
            Job::Refresh(answer) => {
                let _ = answer.send(handler.refresh());
            }
            Job::Generation(answer) => {
                let _ = answer.send(handler.generation());
            }
        }
    }
}
