//! The protocols in which TLS is asked for.

use std::fmt;
use std::str::FromStr;

use wire::speaks::Speaks;

use super::step::Step;
use super::{binary, mail, xmpp};

/// A protocol that begins in the clear and goes over to TLS when asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartTls {
    /// Mail between servers, and from users (RFC 3207).
    Smtp,
    /// Mail into mailboxes (RFC 2033, RFC 3207).
    Lmtp,
    /// Mailboxes (RFC 9051).
    Imap,
    /// Mailboxes (RFC 2595).
    Pop3,
    /// Files (RFC 4217).
    Ftp,
    /// Directories (RFC 4511).
    Ldap,
    /// Messages (RFC 6120).
    Xmpp,
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    MySql,
    /// News (RFC 4642).
    Nntp,
    /// Mail filters (RFC 5804).
    Sieve,
    /// Chat.
    Irc,
}

/// No protocol of that name is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("TLS cannot be asked for in `{0}`: {names} can be asked", names = StartTls::names())]
pub struct UnknownStartTls(String);

impl StartTls {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Smtp,
        Self::Lmtp,
        Self::Imap,
        Self::Pop3,
        Self::Ftp,
        Self::Ldap,
        Self::Xmpp,
        Self::Postgres,
        Self::MySql,
        Self::Nntp,
        Self::Sieve,
        Self::Irc,
    ];

    /// The word for it on a command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Lmtp => "lmtp",
            Self::Imap => "imap",
            Self::Pop3 => "pop3",
            Self::Ftp => "ftp",
            Self::Ldap => "ldap",
            Self::Xmpp => "xmpp",
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
            Self::Nntp => "nntp",
            Self::Sieve => "sieve",
            Self::Irc => "irc",
        }
    }

    /// What people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Smtp => "SMTP",
            Self::Lmtp => "LMTP",
            Self::Imap => "IMAP",
            Self::Pop3 => "POP3",
            Self::Ftp => "FTP",
            Self::Ldap => "LDAP",
            Self::Xmpp => "XMPP",
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::Nntp => "NNTP",
            Self::Sieve => "ManageSieve",
            Self::Irc => "IRC",
        }
    }

    /// The port that it is expected at where none is given, as IANA has it.
    pub const fn port(self) -> u16 {
        match self {
            Self::Smtp => 25,
            Self::Lmtp => 24,
            Self::Imap => 143,
            Self::Pop3 => 110,
            Self::Ftp => 21,
            Self::Ldap => 389,
            Self::Xmpp => 5222,
            Self::Postgres => 5432,
            Self::MySql => 3306,
            Self::Nntp => 119,
            Self::Sieve => 4190,
            Self::Irc => 6667,
        }
    }

    /// The one that a peer speaks, where TLS can be asked for in it.
    pub const fn of(speaks: Speaks) -> Option<Self> {
        Some(match speaks {
            Speaks::Smtp | Speaks::SmtpOrFtp => Self::Smtp,
            Speaks::Ftp => Self::Ftp,
            Speaks::Imap => Self::Imap,
            Speaks::Pop3 => Self::Pop3,
            Speaks::Sieve => Self::Sieve,
            Speaks::Nntp => Self::Nntp,
            Speaks::Xmpp => Self::Xmpp,
            Speaks::Ldap => Self::Ldap,
            Speaks::MySql => Self::MySql,
            Speaks::Postgres => Self::Postgres,
            _ => return None,
        })
    }

    /// What is said until TLS may begin. `host` is the name that a protocol with several names of a server asks for.
    pub(super) fn steps(self, host: &str) -> Vec<Step> {
        match self {
            Self::Smtp => mail::smtp("EHLO"),
            Self::Lmtp => mail::smtp("LHLO"),
            Self::Imap => mail::imap(),
            Self::Pop3 => mail::pop3(),
            Self::Ftp => mail::ftp(),
            Self::Ldap => binary::ldap(),
            Self::Xmpp => xmpp::steps(host),
            Self::Postgres => binary::postgres(),
            Self::MySql => binary::mysql(),
            Self::Nntp => mail::nntp(),
            Self::Sieve => mail::sieve(),
            Self::Irc => mail::irc(),
        }
    }

    fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl FromStr for StartTls {
    type Err = UnknownStartTls;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.to_ascii_lowercase();
        Self::ALL.into_iter().find(|it| it.name() == text).ok_or(UnknownStartTls(text))
    }
}

impl fmt::Display for StartTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
