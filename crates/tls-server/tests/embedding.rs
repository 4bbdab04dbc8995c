//! The server in a program of one's own, as `examples/embed.rs` shows it.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

use std::io::{Read as _, Write as _};

use self::served::Running;

#[expect(dead_code, reason = "main is not called")]
#[path = "../examples/embed.rs"]
mod embed;
mod served;

#[test]
fn a_service_can_answer_later_from_another_thread() {
    let server = Running::start(|context| embed::primes(context, "127.0.0.1:0".parse().unwrap()).unwrap());
    let mut connection = server.connect().into_inner();
    connection.write_all(b"100\nno\n1000000\n").unwrap();
    connection.conn.send_close_notify();
    connection.flush().unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    let mut lines: Vec<&str> = answer.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["25 primes up to 100", "78498 primes up to 1000000", "that is no number"]);
}
