//! What can be changed while connections are open: listeners, bounds, and the process itself.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

mod support;

use std::io::{ErrorKind, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use engine::{BackendEvent, BindError, Bounds, Dial, Limits, Listener, Opened, Out, Plan, Service, Services, Target};

use support::{Running, ask, close, connect, dial, listener};

fn plan(addresses: &[SocketAddr]) -> Plan {
    Plan { listeners: addresses.iter().map(|&address| listener(address)).collect(), bounds: Bounds::default() }
}

/// An address that nobody listens on.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn is_refused(address: SocketAddr) -> bool {
    TcpStream::connect(address).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

#[test]
fn listeners_come_and_go_and_connections_stay() {
    let (first, second) = (free(), free());
    let server = Running::start_plan(2, plan(&[first]), Vec::new());
    let mut old = connect(first);
    ask(&mut old, b"open");
    let updated = server.handle.update(plan(&[first, second])).unwrap();
    assert_eq!((updated.added, updated.removed), (vec![second], vec![]));
    let mut new = connect(second);
    ask(&mut new, b"on the new one");
    ask(&mut connect(first), b"and on the old one");
    let updated = server.handle.update(plan(&[second])).unwrap();
    assert_eq!((updated.added, updated.removed, updated.addresses), (vec![], vec![first], vec![second]));
    assert!(is_refused(first));
    ask(&mut old, b"what is open stays open");
    ask(&mut new, b"here as well");
    close(old);
    assert_eq!(server.handle.addresses(), [second]);
}

#[test]
fn an_address_that_cannot_be_had_changes_nothing() {
    let (first, taken) = (free(), TcpListener::bind("127.0.0.1:0").unwrap());
    let server = Running::start_plan(2, plan(&[first]), Vec::new());
    let error = server.handle.update(plan(&[free(), taken.local_addr().unwrap()])).unwrap_err();
    assert!(matches!(error, BindError::Listen { address, .. } if address == taken.local_addr().unwrap()), "{error}");
    ask(&mut connect(first), b"as before");
    assert_eq!(server.handle.addresses(), [first]);
}

#[test]
fn an_update_puts_new_services_in_force_for_new_connections() {
    struct Deaf;
    impl Service for Deaf {
        fn on_data(&mut self, _data: &[u8], out: &mut Out<'_>) {
            out.write(b"no");
            out.close();
        }
    }
    let address = free();
    let server = Running::start_plan(1, plan(&[address]), Vec::new());
    let mut old = connect(address);
    ask(&mut old, b"echo");
    let deaf = Listener {
        services: Arc::new(|_| -> Box<dyn Services> {
            Box::new(|_: &Opened<'_>| -> Box<dyn Service> { Box::new(Deaf) })
        }),
        ..listener(address)
    };
    server.handle.update(Plan { listeners: vec![deaf], bounds: Bounds::default() }).unwrap();
    let mut new = connect(address);
    std::io::Write::write_all(&mut new, b"echo?").unwrap();
    let mut answer = String::new();
    new.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "no");
    ask(&mut old, b"still echo");
}

/// For every number of workers on either side: not one of the connections in the queues is lost.
#[test]
fn another_server_takes_the_sockets_over_with_who_waits_in_them() {
    for (before, after) in [(1, 1), (3, 1), (1, 3), (2, 2)] {
        let address = free();
        let mut old = Running::start_plan(before, plan(&[address]), Vec::new());
        let mut open = connect(address);
        ask(&mut open, b"open");
        let sockets: Vec<TcpListener> =
            old.handle.sockets().unwrap().into_iter().map(|(_, socket)| socket.into()).collect();
        assert_eq!(sockets.len(), before);
        let new = Running::start_plan(after, plan(&[address]), sockets);
        let waiting: Vec<TcpStream> = (0..20).map(|_| dial(address)).collect();
        old.handle.hand_over(Duration::from_secs(20));
        ask(&mut open, b"goes on in the old one");
        for _ in 0..20 {
            ask(&mut connect(address), b"somebody answers");
        }
        close(open);
        drop(waiting);
        assert_eq!(old.join().totals.connections, 0);
        for _ in 0..20 {
            ask(&mut connect(address), b"the new one answers");
        }
        assert!(new.handle.ping(Duration::from_secs(20)));
    }
}

#[test]
fn one_address_holds_so_many_and_no_more() {
    let bounds = Bounds { per_address: NonZeroUsize::new(2), ..Bounds::default() };
    let server = Running::start_bounded(2, Limits::default(), bounds);
    let mut held = [connect(server.address), connect(server.address)];
    held.iter_mut().for_each(|client| ask(client, b"in"));
    let mut third = dial(server.address);
    let refused = third.read(&mut [0]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionReset);
    let [first, _second] = held;
    close(first);
    // The place is free when the worker has closed its side, which it does after it has answered ours.
    while server.handle.totals().connections > 1 {
        std::thread::yield_now();
    }
    ask(&mut connect(server.address), b"in as well");
}

/// Answers from another thread, in three ways.
struct Later;

impl Service for Later {
    fn on_data(&mut self, data: &[u8], out: &mut Out<'_>) {
        let (reply, data) = (out.reply(), data.to_vec());
        std::thread::spawn(move || {
            reply.send(data).unwrap();
            reply.tell(Box::new(" and told")).unwrap();
            reply.close().unwrap();
        });
    }

    fn on_message(&mut self, message: Box<dyn std::any::Any + Send>, out: &mut Out<'_>) {
        out.write(message.downcast::<&str>().unwrap().as_bytes());
    }
}

#[test]
fn another_thread_answers_later() {
    let later = Listener {
        services: Arc::new(|_| -> Box<dyn Services> {
            Box::new(|_: &Opened<'_>| -> Box<dyn Service> { Box::new(Later) })
        }),
        ..listener("127.0.0.1:0".parse().unwrap())
    };
    let server = Running::start_plan(1, Plan { listeners: vec![later], bounds: Bounds::default() }, Vec::new());
    let mut client = server.connect();
    std::io::Write::write_all(&mut client, b"sent").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "sent and told");
}

/// Dials nobody, and says what it is told.
struct Reaches(SocketAddr);

impl Service for Reaches {
    fn on_open(&mut self, out: &mut Out<'_>) {
        out.dial(&Dial { to: Target::Tcp(self.0), deadline: Duration::from_secs(20) });
    }

    fn on_data(&mut self, _data: &[u8], _out: &mut Out<'_>) {}

    fn on_backend(&mut self, event: BackendEvent<'_>, out: &mut Out<'_>) {
        out.write(format!("{event:?}").as_bytes());
        out.close();
    }
}

#[test]
fn a_service_is_told_that_nobody_is_there() {
    let nobody = free();
    let reaches = Listener {
        services: Arc::new(move |_| -> Box<dyn Services> {
            Box::new(move |_: &Opened<'_>| -> Box<dyn Service> { Box::new(Reaches(nobody)) })
        }),
        ..listener("127.0.0.1:0".parse().unwrap())
    };
    let server = Running::start_plan(1, Plan { listeners: vec![reaches], bounds: Bounds::default() }, Vec::new());
    let mut answer = String::new();
    let mut client = server.connect();
    std::io::Write::flush(&mut client).unwrap();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "Failed(Io(ConnectionRefused))");
}
