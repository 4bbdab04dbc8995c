//! What hellos offer beside suites: extensions, groups, signature schemes, and the small registries.

/// The type of an extension (IANA registry "TLS ExtensionType Values").
pub const fn extension(kind: u16) -> Option<&'static str> {
    Some(match kind {
        0 => "server_name",
        1 => "max_fragment_length",
        2 => "client_certificate_url",
        3 => "trusted_ca_keys",
        4 => "truncated_hmac",
        5 => "status_request",
        6 => "user_mapping",
        7 => "client_authz",
        8 => "server_authz",
        9 => "cert_type",
        10 => "supported_groups",
        11 => "ec_point_formats",
        12 => "srp",
        13 => "signature_algorithms",
        14 => "use_srtp",
        15 => "heartbeat",
        16 => "application_layer_protocol_negotiation",
        17 => "status_request_v2",
        18 => "signed_certificate_timestamp",
        19 => "client_certificate_type",
        20 => "server_certificate_type",
        21 => "padding",
        22 => "encrypt_then_mac",
        23 => "extended_master_secret",
        24 => "token_binding",
        25 => "cached_info",
        26 => "tls_lts",
        27 => "compress_certificate",
        28 => "record_size_limit",
        29 => "pwd_protect",
        30 => "pwd_clear",
        31 => "password_salt",
        32 => "ticket_pinning",
        33 => "tls_cert_with_extern_psk",
        34 => "delegated_credential",
        35 => "session_ticket",
        36 => "TLMSP",
        37 => "TLMSP_proxying",
        38 => "TLMSP_delegate",
        39 => "supported_ekt_ciphers",
        41 => "pre_shared_key",
        42 => "early_data",
        43 => "supported_versions",
        44 => "cookie",
        45 => "psk_key_exchange_modes",
        47 => "certificate_authorities",
        48 => "oid_filters",
        49 => "post_handshake_auth",
        50 => "signature_algorithms_cert",
        51 => "key_share",
        52 => "transparency_info",
        53 => "connection_id (deprecated)",
        54 => "connection_id",
        55 => "external_id_hash",
        56 => "external_session_id",
        57 => "quic_transport_parameters",
        58 => "ticket_request",
        59 => "dnssec_chain",
        60 => "sequence_number_encryption_algorithms",
        61 => "rrc",
        62 => "tls_flags",
        0x4469 => "application_settings (old)", // Chromium's, unregistered
        0x44cd => "application_settings",       // the same, its second code
        0xfd00 => "ech_outer_extensions",
        0xfe0d => "encrypted_client_hello",
        0xff01 => "renegotiation_info",
        _ => return grease(kind),
    })
}

/// A group for the key exchange (IANA registry "TLS Supported Groups").
pub const fn group(group: u16) -> Option<&'static str> {
    Some(match group {
        1 => "sect163k1",
        2 => "sect163r1",
        3 => "sect163r2",
        4 => "sect193r1",
        5 => "sect193r2",
        6 => "sect233k1",
        7 => "sect233r1",
        8 => "sect239k1",
        9 => "sect283k1",
        10 => "sect283r1",
        11 => "sect409k1",
        12 => "sect409r1",
        13 => "sect571k1",
        14 => "sect571r1",
        15 => "secp160k1",
        16 => "secp160r1",
        17 => "secp160r2",
        18 => "secp192k1",
        19 => "secp192r1",
        20 => "secp224k1",
        21 => "secp224r1",
        22 => "secp256k1",
        23 => "secp256r1",
        24 => "secp384r1",
        25 => "secp521r1",
        26 => "brainpoolP256r1",
        27 => "brainpoolP384r1",
        28 => "brainpoolP512r1",
        29 => "x25519",
        30 => "x448",
        31 => "brainpoolP256r1tls13",
        32 => "brainpoolP384r1tls13",
        33 => "brainpoolP512r1tls13",
        34 => "GC256A",
        35 => "GC256B",
        36 => "GC256C",
        37 => "GC256D",
        38 => "GC512A",
        39 => "GC512B",
        40 => "GC512C",
        41 => "curveSM2",
        0x0100 => "ffdhe2048",
        0x0101 => "ffdhe3072",
        0x0102 => "ffdhe4096",
        0x0103 => "ffdhe6144",
        0x0104 => "ffdhe8192",
        0x0200 => "MLKEM512",
        0x0201 => "MLKEM768",
        0x0202 => "MLKEM1024",
        0x11eb => "SecP256r1MLKEM768",
        0x11ec => "X25519MLKEM768",
        0x11ed => "SecP384r1MLKEM1024",
        0x11ee => "curveSM2MLKEM768",
        0x6399 => "X25519Kyber768Draft00",
        0x639a => "SecP256r1Kyber768Draft00",
        0xff01 => "arbitrary_explicit_prime_curves",
        0xff02 => "arbitrary_explicit_char2_curves",
        _ => return grease(group),
    })
}

/// A signature scheme (IANA registry "TLS SignatureScheme"), or the pair of hash and signature that TLS 1.2 had in
/// its place (RFC 5246 section 7.4.1.4.1), which has no name of its own and is called like its successors.
pub const fn signature_scheme(scheme: u16) -> Option<&'static str> {
    Some(match scheme {
        0x0101 => "rsa_pkcs1_md5",
        0x0201 => "rsa_pkcs1_sha1",
        0x0202 => "dsa_sha1",
        0x0203 => "ecdsa_sha1",
        0x0301 => "rsa_pkcs1_sha224",
        0x0302 => "dsa_sha224",
        0x0303 => "ecdsa_sha224",
        0x0401 => "rsa_pkcs1_sha256",
        0x0402 => "dsa_sha256",
        0x0403 => "ecdsa_secp256r1_sha256",
        0x0420 => "rsa_pkcs1_sha256_legacy",
        0x0501 => "rsa_pkcs1_sha384",
        0x0502 => "dsa_sha384",
        0x0503 => "ecdsa_secp384r1_sha384",
        0x0520 => "rsa_pkcs1_sha384_legacy",
        0x0601 => "rsa_pkcs1_sha512",
        0x0602 => "dsa_sha512",
        0x0603 => "ecdsa_secp521r1_sha512",
        0x0620 => "rsa_pkcs1_sha512_legacy",
        0x0704 => "eccsi_sha256",
        0x0705 => "iso_ibs1",
        0x0706 => "iso_ibs2",
        0x0707 => "iso_chinese_ibs",
        0x0708 => "sm2sig_sm3",
        0x0709 => "gostr34102012_256a",
        0x070a => "gostr34102012_256b",
        0x070b => "gostr34102012_256c",
        0x070c => "gostr34102012_256d",
        0x070d => "gostr34102012_512a",
        0x070e => "gostr34102012_512b",
        0x070f => "gostr34102012_512c",
        0x0804 => "rsa_pss_rsae_sha256",
        0x0805 => "rsa_pss_rsae_sha384",
        0x0806 => "rsa_pss_rsae_sha512",
        0x0807 => "ed25519",
        0x0808 => "ed448",
        0x0809 => "rsa_pss_pss_sha256",
        0x080a => "rsa_pss_pss_sha384",
        0x080b => "rsa_pss_pss_sha512",
        0x081a => "ecdsa_brainpoolP256r1tls13_sha256",
        0x081b => "ecdsa_brainpoolP384r1tls13_sha384",
        0x081c => "ecdsa_brainpoolP512r1tls13_sha512",
        0x0904 => "mldsa44",
        0x0905 => "mldsa65",
        0x0906 => "mldsa87",
        _ => return grease(scheme),
    })
}

/// A version of the protocol, as people call it.
pub const fn version(version: u16) -> Option<&'static str> {
    Some(match version {
        0x0200 => "SSL 2.0",
        0x0300 => "SSL 3.0",
        0x0301 => "TLS 1.0",
        0x0302 => "TLS 1.1",
        0x0303 => "TLS 1.2",
        0x0304 => "TLS 1.3",
        0xfeff => "DTLS 1.0",
        0xfefd => "DTLS 1.2",
        0xfefc => "DTLS 1.3",
        _ => return grease(version),
    })
}

/// A compression method (RFC 3749; TLS 1.3 has none).
pub const fn compression_method(method: u16) -> Option<&'static str> {
    Some(match method {
        0 => "null",
        1 => "DEFLATE",
        64 => "LZS",
        _ => return None,
    })
}

/// An algorithm that certificates are compressed with (RFC 8879 section 7.3).
pub const fn certificate_compression(algorithm: u16) -> Option<&'static str> {
    Some(match algorithm {
        1 => "zlib",
        2 => "brotli",
        3 => "zstd",
        _ => return None,
    })
}

/// How a point of a curve is written (RFC 8422 section 5.1.2).
pub const fn point_format(format: u16) -> Option<&'static str> {
    Some(match format {
        0 => "uncompressed",
        1 => "ansiX962_compressed_prime",
        2 => "ansiX962_compressed_char2",
        _ => return None,
    })
}

/// How a pre-shared key is used (RFC 8446 section 4.2.9).
pub const fn psk_mode(mode: u16) -> Option<&'static str> {
    Some(match mode {
        0 => "psk_ke",
        1 => "psk_dhe_ke",
        _ => return grease_mode(mode),
    })
}

/// The form of a certificate (RFC 7250 section 6).
pub const fn certificate_type(kind: u16) -> Option<&'static str> {
    Some(match kind {
        0 => "X509",
        1 => "OpenPGP",
        2 => "RawPublicKey",
        3 => "1609Dot2",
        _ => return None,
    })
}

/// What a client certificate of TLS 1.2 must hold (RFC 5246 section 7.4.4, RFC 8422 section 5.5).
pub const fn client_certificate_type(kind: u16) -> Option<&'static str> {
    Some(match kind {
        1 => "rsa_sign",
        2 => "dss_sign",
        3 => "rsa_fixed_dh",
        4 => "dss_fixed_dh",
        64 => "ecdsa_sign",
        65 => "rsa_fixed_ecdh",
        66 => "ecdsa_fixed_ecdh",
        67 => "gost_sign256",
        68 => "gost_sign512",
        _ => return None,
    })
}

/// How a curve is named in a ServerKeyExchange (RFC 8422 section 5.4).
pub const fn curve_type(kind: u16) -> Option<&'static str> {
    Some(match kind {
        1 => "explicit_prime",
        2 => "explicit_char2",
        3 => "named_curve",
        _ => return None,
    })
}

/// Whether a KeyUpdate wants an answer (RFC 8446 section 4.6.3).
pub const fn key_update_request(request: u16) -> Option<&'static str> {
    Some(match request {
        0 => "update_not_requested",
        1 => "update_requested",
        _ => return None,
    })
}

/// The length of fragments that a client asks for (RFC 6066 section 4).
pub const fn max_fragment_length(code: u16) -> Option<&'static str> {
    Some(match code {
        1 => "2^9 bytes",
        2 => "2^10 bytes",
        3 => "2^11 bytes",
        4 => "2^12 bytes",
        _ => return None,
    })
}

/// Whose word on revocation is stapled (RFC 6066 section 8).
pub const fn status_type(kind: u16) -> Option<&'static str> {
    Some(match kind {
        1 => "ocsp",
        2 => "ocsp_multi",
        _ => return None,
    })
}

/// A value that means nothing, so that nobody forgets to ignore what they do not know (RFC 8701).
pub const fn is_grease(value: u16) -> bool {
    let [high, low] = value.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

const fn grease(value: u16) -> Option<&'static str> {
    if is_grease(value) { Some("GREASE") } else { None }
}

/// The single bytes that RFC 8701 section 2 keeps free.
const fn grease_mode(mode: u16) -> Option<&'static str> {
    match mode {
        0x0b | 0x2a | 0x49 | 0x68 | 0x87 | 0xa6 | 0xc5 | 0xe4 => Some("GREASE"),
        _ => None,
    }
}
