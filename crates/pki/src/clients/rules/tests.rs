use common::facts::ClientIdentity;
use proptest::prelude::*;

use super::*;

const PIN: &str = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

fn client() -> ClientIdentity {
    ClientIdentity {
        subject: "CN=alice,OU=Ops Team,OU=eu,O=Example".to_owned(),
        issuer: "CN=ca".to_owned(),
        common_name: Some("alice".to_owned()),
        organizational_units: vec!["eu".to_owned(), "Ops Team".to_owned()],
        dns: vec!["web.svc.Example".to_owned(), "*.wild.example".to_owned()],
        uris: vec!["spiffe://Example.org/ns/prod/sa/web".to_owned(), "urn:uuid:f81d4fae".to_owned()],
        emails: vec!["Alice@Example.com".to_owned()],
        addresses: vec!["10.0.0.1".parse().unwrap(), "2001:db8::1".parse().unwrap()],
        serial: "01".to_owned(),
        fingerprint: "00".repeat(32),
        pin: PIN.to_owned(),
        not_after: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn holds(rule: &str) -> bool {
    rule.parse::<Rule>().unwrap_or_else(|error| panic!("{error}")).holds(&client())
}

fn error(rule: &str) -> RuleError {
    rule.parse::<Rule>().expect_err(rule)
}

#[test]
fn what_holds() {
    for rule in [
        "cn=alice",
        "CN=al*",
        "cn=*",
        "cn=a*i*e",
        "cn=\"alice\"",
        "cn=\\alice",
        "ou=eu",
        "ou=\"Ops Team\"",
        "ou=Ops\\ Team",
        "ou=\"*s T*\"",
        "dns=WEB.svc.example",
        "dns=web.svc.example.",
        "dns=*.svc.example",
        "dns=*.wild.example and cn=alice",
        "uri=spiffe://example.org/ns/prod/sa/web",
        "uri=SPIFFE://EXAMPLE.ORG/ns/prod/sa/web",
        "uri=spiffe://example.org/ns/*/sa/web",
        "uri=spiffe://example.org/ns/p*d/sa/*",
        "uri=spiffe://example.org/**",
        "uri=spiffe://example.org/**/web",
        "uri=spiffe://example.org/ns/**/sa/web",
        "uri=spiffe://example.org/ns/prod/sa/web/**",
        "uri=urn:uuid:*",
        "uri=urn:*",
        "email=Alice@example.com",
        "email=*@EXAMPLE.com",
        "email=*@*.com",
        "ip=10.0.0.1",
        "ip=2001:DB8:0::1",
        &format!("pin={PIN}"),
        &format!("pin={}", PIN.trim_end_matches('=')),
        "san=web.svc.example",
        "san=10.0.0.1",
        "san=*@example.com",
        "san=spiffe://example.org/ns/*/sa/web",
        "cn=alice and ou=eu and not ou=us",
        "cn=alice AND NOT ou=us",
        "not cn=bob",
    ] {
        assert!(holds(rule), "{rule}");
    }
}

#[test]
fn what_does_not_hold() {
    for rule in [
        "cn=Alice",
        "cn=alic",
        "cn=*bob*",
        "cn=alice*alice",
        "cn=\\*",
        "cn=\"\\a*\\*\"",
        "ou=ops",
        "dns=svc.example",
        "dns=*.example",
        "dns=*.web.svc.example",
        "dns=a.wild.example",
        "uri=spiffe://example.org/ns/*",
        "uri=spiffe://example.org/ns/*/web",
        "uri=spiffe://example.org/NS/prod/sa/web",
        "uri=spiffe://example.org/*/**/web/*",
        "uri=https://example.org/**",
        "uri=spiffe://other.org/**",
        "uri=spiffe://example.org",
        "email=alice@example.com",
        "email=*@*.example.com",
        "ip=10.0.0.2",
        "pin=sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "cn=alice and ou=us",
        "cn=alice and not ou=eu",
        "not cn=alice",
    ] {
        assert!(!holds(rule), "{rule}");
    }
}

#[test]
fn a_star_in_a_uri_leads_nowhere_else() {
    let holds = |uri: &str, rule: &str| {
        let client = ClientIdentity { uris: vec![uri.to_owned()], ..client() };
        rule.parse::<Rule>().unwrap().holds(&client)
    };
    for uri in
        ["spiffe://e/ns/../admin", "spiffe://e/ns/./a", "spiffe://e/ns//a", "spiffe://e/ns/", "spiffe://e/ns/a?b"]
    {
        assert!(!holds(uri, "uri=spiffe://e/ns/**"), "{uri}");
        assert!(!holds(uri, "uri=spiffe://e/ns/*"), "{uri}");
        assert!(!holds(uri, "uri=spiffe://e/ns/*/*"), "{uri}");
        assert!(holds(uri, &format!("uri={uri}")), "{uri}");
    }
    assert!(holds("spiffe://e/ns", "uri=spiffe://e/ns/**"));
    assert!(!holds("spiffe://e", "uri=spiffe://e/**"));
    assert!(!holds("spiffe://e/a", "uri=spiffe://e/a/*"));
}

#[test]
fn a_name_that_is_not_there_matches_nothing() {
    let nobody = ClientIdentity {
        common_name: None,
        organizational_units: Vec::new(),
        dns: Vec::new(),
        uris: Vec::new(),
        emails: Vec::new(),
        addresses: Vec::new(),
        ..client()
    };
    for rule in ["cn=*", "ou=*", "dns=*.a.example", "uri=a:**", "email=*@a.example", "ip=::1"] {
        assert!(!rule.parse::<Rule>().unwrap().holds(&nobody), "{rule}");
    }
    assert!("not ou=*".parse::<Rule>().unwrap().holds(&nobody));
}

#[test]
fn what_is_no_rule_is_told_with_its_column_and_what_was_meant() {
    for (rule, column, reason, nearest) in [
        ("", 1, "a term is missing", Some("cn=alice")),
        ("cn=alice and", 13, "a term is missing", Some("cn=alice")),
        ("alice", 1, "`alice` is no term", Some("cn=alice")),
        ("spiffe://e/a", 1, "is no term", Some("uri=spiffe://e/a")),
        ("name=alice", 1, "`name` is no kind of name; there are cn, ou,", Some("cn=alice")),
        ("colour=red", 1, "`colour` is no kind", None),
        ("cn=", 4, "there is no pattern after `cn=`", None),
        ("cn= alice", 4, "there is a space after `cn=`", Some("cn=alice")),
        ("cn =alice", 1, "there is a space after `cn`", Some("cn=alice")),
        ("cn=alice smith", 10, "double quotes", Some("cn=\"alice smith\"")),
        ("cn=alice ou=ops", 10, "`and` is missing", Some("cn=alice and ou=ops")),
        ("cn=alice or cn=bob", 10, "make it two rules", None),
        ("and cn=alice", 1, "`and` stands between", None),
        ("not not cn=alice", 5, "once", None),
        ("cn=\"alice", 4, "has no end", None),
        ("dns=*", 5, "one label", Some("dns=*.example.com")),
        ("dns=a*.b.example", 5, "furthest left", Some("dns=*.b.example")),
        ("dns=*.*.example", 5, "furthest left", Some("dns=*.example")),
        ("dns=a..b", 5, "empty", None),
        ("dns=b\u{fc}cher.example", 5, "xn--", None),
        ("dns=a/b", 5, "in no DNS name", None),
        ("email=example.com", 7, "has an `@`", Some("email=*@example.com")),
        ("email=@example.com", 7, "nothing before", Some("email=*@example.com")),
        ("email=a@b*.example", 7, "furthest left", Some("email=a@*.example")),
        ("uri=example.org/a", 5, "scheme", Some("uri=spiffe://example.org/a")),
        ("uri=spiffe://*/a", 5, "takes no `*`", Some("uri=spiffe://example.org/a")),
        ("uri=spiffe://e/a**", 5, "whole segments", None),
        ("ip=10.0.0.*", 4, "no IP address", None),
        ("pin=abc", 5, "44 letters", None),
        (&format!("pin={}", &PIN[8..]), 5, "44 letters", Some(&format!("pin={PIN}"))),
    ] {
        let error = error(rule);
        assert_eq!((error.column, error.nearest.as_deref()), (column, nearest), "{error}");
        assert!(error.reason.contains(reason), "{error}");
        if let Some(nearest) = &error.nearest {
            nearest.parse::<Rule>().unwrap_or_else(|error| panic!("what is advised is wrong: {error}"));
        }
    }
    let error = Rules::parse(&["cn=alice", "alice", "bob"]).unwrap_err();
    assert_eq!(error.len(), 2);
    let words = "the rule `alice`, column 1: `alice` is no term, which is KIND=PATTERN; write `cn=alice`";
    assert_eq!(error[0].to_string(), words);
}

#[test]
fn a_rule_of_one_term_takes_its_pattern_as_it_is() {
    assert!(Rule::of(Kind::Ou, "Ops Team").unwrap().holds(&client()));
    assert_eq!(Rule::of(Kind::Ou, "a \"b\"").unwrap().to_string(), r#"ou="a \"b\"""#);
    assert!(Rule::of(Kind::San, "*.svc.example").unwrap().holds(&client()));
    let error = Rule::of(Kind::Dns, "a*.example").unwrap_err();
    assert_eq!((error.column, error.nearest.as_deref()), (5, Some("dns=*.example")));
}

#[test]
fn one_rule_is_enough_and_without_any_everybody_is_let_in() {
    let decide = |rules: &[&str]| Rules::parse(rules).unwrap().decide(&client());
    assert_eq!(decide(&[]), Decision { allowed: true, rule: None });
    assert_eq!(decide(&["cn=bob", "ou=eu", "cn=alice"]), Decision { allowed: true, rule: Some(1) });
    assert_eq!(decide(&["cn=bob"]), Decision { allowed: false, rule: None });
}

#[test]
fn the_digest_is_of_what_the_rules_say() {
    let digest = |rules: &[&str]| Rules::parse(rules).unwrap().digest();
    assert_eq!(digest(&["cn=a", "dns=B.example"]), digest(&["dns=b.example.", "CN=\"a\"", "cn=a"]));
    assert_ne!(digest(&["cn=a"]), digest(&["cn=A"]));
    assert_ne!(digest(&["cn=a"]), digest(&[]));
}

#[test]
fn an_explanation_names_each_term_and_what_it_was_held_against() {
    let rules = Rules::parse(&["cn=bob", "ou=eu and not uri=spiffe://other/**"]).unwrap();
    let text = "allowed by rule 2\n\
                rule 1 does not hold: cn=bob\n  \
                cn=bob does not hold: alice\n\
                rule 2 holds: ou=eu and not uri=spiffe://other/**\n  \
                ou=eu holds: eu and Ops Team\n  \
                not uri=spiffe://other/** holds: spiffe://Example.org/ns/prod/sa/web and urn:uuid:f81d4fae\n";
    assert_eq!(rules.explain(&client()).to_string(), text);
    assert_eq!(rules.explain(&client()).decided_by, Some(2));
}

/// Text that is often a rule.
fn almost_a_rule() -> impl Strategy<Value = String> {
    let term = (
        prop::sample::select(vec!["", "not ", "NOT "]),
        prop::sample::select(vec!["cn", "ou", "dns", "email", "uri", "ip", "pin", "san", "x"]),
        prop::sample::select(vec!["=", "=\"", " = "]),
        r#"[a-b*./@:"\\ 1-2]{0,12}"#,
        prop::sample::select(vec!["", "\""]),
    );
    let term = term.prop_map(|(not, kind, equals, pattern, quote)| format!("{not}{kind}{equals}{pattern}{quote}"));
    prop::collection::vec(term, 0..4).prop_map(|terms| terms.join(" and "))
}

proptest! {
    #[test]
    fn any_text_is_an_error_or_a_rule(text in ".{0,60}") {
        if let Ok(rule) = text.parse::<Rule>() {
            let _ = rule.holds(&client());
        }
    }

    #[test]
    fn what_is_printed_reads_back_as_the_same(text in almost_a_rule()) {
        match text.parse::<Rule>() {
            Ok(rule) => {
                prop_assert_eq!(rule.to_string().parse::<Rule>(), Ok(rule.clone()), "{}", rule);
                let _ = rule.holds(&client());
            }
            Err(error) => prop_assert!(error.column <= text.chars().count() + 1, "{error}"),
        }
    }

    #[test]
    fn a_pattern_without_stars_matches_itself_alone(name in "[a-c. ]{1,8}", other in "[a-c. ]{1,8}") {
        let rule = Rule::of(Kind::Cn, &name).unwrap();
        let client = ClientIdentity { common_name: Some(other.clone()), ..client() };
        prop_assert_eq!(rule.holds(&client), name == other);
    }

    #[test]
    fn stars_match_as_they_do_in_a_slow_and_simple_matcher(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
        fn matches(pattern: &[u8], text: &[u8]) -> bool {
            match (pattern, text) {
                ([], text) => text.is_empty(),
                ([b'*', rest @ ..], text) => (0..=text.len()).any(|skip| matches(rest, &text[skip..])),
                ([first, rest @ ..], [same, after @ ..]) => first == same && matches(rest, after),
                _ => false,
            }
        }
        prop_assume!(!pattern.is_empty());
        let client = ClientIdentity { common_name: Some(text.clone()), ..client() };
        let rule = Rule::of(Kind::Cn, &pattern).unwrap();
        prop_assert_eq!(rule.holds(&client), matches(pattern.as_bytes(), text.as_bytes()));
    }

    #[test]
    fn any_number_of_segments_is_matched_as_by_a_slow_and_simple_matcher(
        pattern in prop::collection::vec(prop::sample::select(vec!["a", "b", "*", "**"]), 1..6),
        path in prop::collection::vec(prop::sample::select(vec!["a", "b"]), 1..6),
    ) {
        fn matches(pattern: &[&str], path: &[&str]) -> bool {
            match (pattern, path) {
                ([], path) => path.is_empty(),
                (["**", rest @ ..], path) => (0..=path.len()).any(|skip| matches(rest, &path[skip..])),
                ([first, rest @ ..], [same, after @ ..]) => (*first == "*" || first == same) && matches(rest, after),
                _ => false,
            }
        }
        let rule = Rule::of(Kind::Uri, &format!("x://e/{}", pattern.join("/"))).unwrap();
        let client = ClientIdentity { uris: vec![format!("x://e/{}", path.join("/"))], ..client() };
        prop_assert_eq!(rule.holds(&client), matches(&pattern, &path));
    }
}
