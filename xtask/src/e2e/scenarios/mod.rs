//! The scenarios of every day: one claim a file, its name the claim. What is not listed at the end does not compile
//! without a warning.

mod a_bench_has_every_row_it_promises;
mod a_browser_shows_its_own_connection;
mod a_client_that_never_reads_costs_a_megabyte_at_most;
mod a_cut_off_stream_is_no_success;
mod a_failed_handshake_is_one_line_of_the_log;
mod a_full_file_table_is_survived;
mod a_key_under_a_passphrase_is_openssls_too;
mod a_name_with_repeated_parts_makes_chains_openssl_takes;
mod a_python_client_talks_to_hello;
mod a_report_names_what_is_wrong_with_a_certificate;
mod a_report_says_what_a_port_speaks_instead_of_tls;
mod a_report_tells_a_closed_port_from_a_silent_one;
mod a_request_goes_both_ways_with_openssl;
mod a_required_client_certificate_is_named;
mod a_revoked_client_is_refused_from_its_next_connection_on;
mod a_second_start_reuses_the_store;
mod a_self_signed_certificate_is_taken_by_openssl;
mod a_websocket_goes_through_forward_unharmed;
mod at_capacity_newcomers_wait_their_turn;
mod backends_that_misbehave_hurt_only_their_own;
mod bad_input_to_pki_is_named;
mod bad_input_to_the_client_is_named;
mod bad_input_to_the_server_is_named;
mod curl_shows_the_greeting;
mod each_bad_client_gets_its_alert_its_line_and_its_metric;
mod each_fixture_has_one_defect;
mod either_provider_serves_and_connects;
mod every_document_has_its_fields;
mod every_key_algorithm_is_read_by_openssl;
mod files_serve_and_connect;
mod floods_hurt_nobody;
mod gnutls_talks_to_echo;
mod half_open_connections_end_at_their_deadline;
mod hand_picked_suites_and_groups_are_taken;
mod http2_goes_through_forward_unharmed;
mod match_tells_a_pair_from_strangers;
mod names_of_the_store_are_served;
mod nothing_is_overwritten_unless_forced;
mod one_combined_file_serves;
mod openssl_verifies_and_is_answered;
mod others_agree_with_each_other;
mod our_client_talks_to_a_python_server;
mod printed_commands_work_when_pasted;
mod psql_reaches_its_server_through_forward;
mod reading_commands_create_no_store;
mod reloads_and_upgrades_lose_nothing;
mod secrets_are_logged_only_when_asked;
mod serial_and_combined_file_are_as_asked;
mod sigterm_drains;
mod the_admin_pages_answer_when_the_file_table_is_full;
mod without_arguments_both_ends_agree;

registry! {
    a_bench_has_every_row_it_promises,
    a_browser_shows_its_own_connection,
    a_websocket_goes_through_forward_unharmed,
    http2_goes_through_forward_unharmed,
    psql_reaches_its_server_through_forward,
    backends_that_misbehave_hurt_only_their_own,
    each_bad_client_gets_its_alert_its_line_and_its_metric,
    a_revoked_client_is_refused_from_its_next_connection_on,
    reloads_and_upgrades_lose_nothing,
    floods_hurt_nobody,
    a_client_that_never_reads_costs_a_megabyte_at_most,
    half_open_connections_end_at_their_deadline,
    every_key_algorithm_is_read_by_openssl,
    a_cut_off_stream_is_no_success,
    a_failed_handshake_is_one_line_of_the_log,
    a_full_file_table_is_survived,
    a_key_under_a_passphrase_is_openssls_too,
    a_name_with_repeated_parts_makes_chains_openssl_takes,
    a_python_client_talks_to_hello,
    a_report_names_what_is_wrong_with_a_certificate,
    a_report_says_what_a_port_speaks_instead_of_tls,
    a_report_tells_a_closed_port_from_a_silent_one,
    a_request_goes_both_ways_with_openssl,
    a_required_client_certificate_is_named,
    a_second_start_reuses_the_store,
    a_self_signed_certificate_is_taken_by_openssl,
    at_capacity_newcomers_wait_their_turn,
    bad_input_to_pki_is_named,
    bad_input_to_the_client_is_named,
    bad_input_to_the_server_is_named,
    curl_shows_the_greeting,
    each_fixture_has_one_defect,
    either_provider_serves_and_connects,
    every_document_has_its_fields,
    files_serve_and_connect,
    gnutls_talks_to_echo,
    hand_picked_suites_and_groups_are_taken,
    match_tells_a_pair_from_strangers,
    names_of_the_store_are_served,
    nothing_is_overwritten_unless_forced,
    one_combined_file_serves,
    openssl_verifies_and_is_answered,
    others_agree_with_each_other,
    our_client_talks_to_a_python_server,
    printed_commands_work_when_pasted,
    reading_commands_create_no_store,
    secrets_are_logged_only_when_asked,
    serial_and_combined_file_are_as_asked,
    sigterm_drains,
    the_admin_pages_answer_when_the_file_table_is_full,
    without_arguments_both_ends_agree,
}
