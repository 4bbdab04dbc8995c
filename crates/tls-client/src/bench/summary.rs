//! From what was counted to the figures, and whether they are to be believed.

use std::collections::BTreeMap;

use common::terminal::Exit;

use super::figures::{ClientSide, Figures, Latencies, Parameters, ServerSide};
use super::plan::{Amount, Mode, Plan};
use super::span::{BUSY, Tally};

/// `server` is its processor time in nanoseconds, and its memory before, with and after the connections.
pub(super) fn figures(
    plan: &Plan,
    threads: usize,
    seconds: f64,
    tally: Tally,
    server: Option<(u64, u64, u64, u64)>,
) -> Figures {
    let each = |time: f64| (tally.operations > 0).then(|| time * 1e6 / tally.operations as f64);
    let bytes = plan.mode.is_transfer().then_some(tally.bytes);
    let why_invalid = doubt(plan, &tally);
    let server = server.map(|(cpu, pss_before, pss_held, pss_after)| {
        let cpu_seconds = cpu as f64 / 1e9;
        ServerSide {
            cpu_seconds,
            cpu_us_per_operation: each(cpu_seconds),
            cpu_ns_per_byte: bytes.filter(|bytes| *bytes > 0).map(|bytes| cpu as f64 / bytes as f64),
            pss_before,
            pss_held,
            pss_after,
            pss_per_connection: None,
        }
    });
    let exit_code = match (tally.operations, &why_invalid) {
        (0, _) => tally.failed.values().max_by_key(|(count, _)| *count).and_then(|(_, exit)| *exit).unwrap_or(Exit::No),
        (_, Some(_)) => Exit::No,
        _ => Exit::Success,
    };
    let failed: BTreeMap<String, u64> = tally.failed.iter().map(|(text, (count, _))| (text.clone(), *count)).collect();
    Figures {
        schema: "latchkey.bench/1",
        target: format!("{}:{}", plan.host, plan.address.port()),
        mode: plan.mode,
        valid: why_invalid.is_none(),
        why_invalid,
        seconds,
        operations: tally.operations,
        failed,
        rate: tally.operations as f64 / seconds.max(1e-9),
        bytes,
        bytes_per_second: bytes.map(|bytes| bytes as f64 / seconds.max(1e-9)),
        handshake: tally.seen.version.is_some().then(|| tally.seen.clone()),
        latency_us: Latencies {
            operation: tally.whole.latency(),
            connect: tally.connect.latency(),
            handshake: tally.handshake.latency(),
        },
        newcomers: None,
        ended_by_server: None,
        client: ClientSide {
            cpu_seconds: tally.cpu.as_secs_f64(),
            cpu_us_per_operation: each(tally.cpu.as_secs_f64()),
            threads,
            busiest_thread_share: tally.busiest,
        },
        server,
        parameters: Parameters {
            connections: plan.connections,
            threads,
            rate: plan.rate,
            warmup: plan.warmup,
            duration_seconds: if let Amount::For(time) = plan.amount { Some(time.as_secs_f64()) } else { None },
            count: if let Amount::Count(count) = plan.amount { Some(count) } else { None },
            size: plan.size,
            http: plan.http.clone(),
        },
        exit_code,
        histogram: tally.whole,
    }
}

/// Why the figures are not to be believed.
fn doubt(plan: &Plan, tally: &Tally) -> Option<String> {
    if tally.operations == 0 {
        return Some("nothing came to its end".to_owned());
    }
    if tally.busiest > BUSY {
        let percent = tally.busiest * 100.0;
        return Some(format!("the load itself used {percent:.0} % of a core, so it may be the load that was measured"));
    }
    let others = tally.seen.kinds.iter().filter(|(kind, _)| *kind != "resumed").map(|(_, count)| count).sum::<u64>();
    if plan.mode == Mode::Resumed && others > 0 {
        return Some(format!("{others} handshakes were not resumed: does the server give tickets?"));
    }
    None
}
