//! Nobody listens: 11, at once. Somebody listens and says nothing: 22, at the deadline, which is as asked.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::e2e::harness::{ClosedPort, FirstWords, Harness, Speaker};

pub(super) fn run(harness: &Harness) -> Result<()> {
    let closed = ClosedPort::reserve()?;
    let target = format!("127.0.0.1:{}", closed.number()?);
    harness.tls_client().arguments(["report", &target]).run()?.exits(11)?.mentions("refused")?;

    let silent = Speaker::start(FirstWords::None)?;
    let target = format!("127.0.0.1:{}", silent.port());
    let begin = Instant::now();
    harness.tls_client().arguments(["report", &target, "--timeout", "1s"]).run()?.exits(22)?.mentions("1 s")?;
    ensure!(begin.elapsed() < Duration::from_secs(9), "the deadline of 1 s took {:?}", begin.elapsed());
    Ok(())
}
