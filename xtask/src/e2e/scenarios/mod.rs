//! The scenarios of every day: one claim a file, its name the claim. What is not listed at the end does not compile
//! without a warning.

mod a_batch_that_is_killed_is_finished_whole;
mod a_bench_has_every_row_it_promises;
mod a_browser_shows_its_own_connection;
mod a_client_that_never_reads_costs_a_megabyte_at_most;
mod a_cut_off_stream_is_no_success;
mod a_failed_handshake_is_one_line_of_the_log;
mod a_full_file_table_is_survived;
mod a_key_under_a_passphrase_is_openssls_too;
mod a_name_with_repeated_parts_makes_chains_openssl_takes;
mod a_pkcs12_file_serves_and_connects;
mod a_python_client_talks_to_hello;
mod a_replaced_private_key_stays_beside_the_new_one;
mod a_report_names_what_is_wrong_with_a_certificate;
mod a_report_says_what_a_port_speaks_instead_of_tls;
mod a_report_tells_a_closed_port_from_a_silent_one;
mod a_request_goes_both_ways_with_openssl;
mod a_required_client_certificate_is_named;
mod a_revoked_client_is_refused_from_its_next_connection_on;
mod a_second_start_reuses_the_store;
mod a_self_signed_certificate_is_taken_by_openssl;
mod a_trace_reads_what_tshark_reads;
mod a_websocket_goes_through_forward_unharmed;
mod at_capacity_newcomers_wait_their_turn;
mod backends_that_misbehave_hurt_only_their_own;
mod bad_input_to_pki_is_named;
mod bad_input_to_the_client_is_named;
mod bad_input_to_the_server_is_named;
mod bundles_are_split_ordered_and_built_into_chains;
mod completions_and_manuals_are_made;
mod curl_shows_the_greeting;
mod damaged_inputs_are_shown_or_refused;
mod each_bad_client_gets_its_alert_its_line_and_its_metric;
mod each_fixture_has_one_defect;
mod either_provider_serves_and_connects;
mod every_document_has_its_fields;
mod every_key_algorithm_is_read_by_openssl;
mod every_pair_of_from_openssl_holds;
mod files_serve_and_connect;
mod floods_hurt_nobody;
mod gnutls_talks_to_echo;
mod half_open_connections_end_at_their_deadline;
mod hand_picked_suites_and_groups_are_taken;
mod http2_goes_through_forward_unharmed;
mod match_tells_a_pair_from_strangers;
mod names_of_the_store_are_served;
mod nothing_is_overwritten_unless_forced;
mod old_encrypted_keys_are_read;
mod one_combined_file_serves;
mod openssl_cnf_makes_the_requests_and_certificates_that_openssl_makes;
mod openssl_cnf_that_is_not_understood_is_named;
mod openssl_cnf_the_recipe_line_by_line;
mod openssl_verifies_and_is_answered;
mod others_agree_with_each_other;
mod our_client_talks_to_a_python_server;
mod pkcs12_goes_both_ways_with_java;
mod pkcs12_goes_both_ways_with_openssl;
mod printed_commands_work_when_pasted;
mod psql_reaches_its_server_through_forward;
mod public_keys_are_written_as_others_take_them;
mod reading_commands_create_no_store;
mod reloads_and_upgrades_lose_nothing;
mod secrets_are_logged_only_when_asked;
mod serial_and_combined_file_are_as_asked;
mod sigterm_drains;
mod sixty_four_writers_share_one_store;
mod strict_refusals_are_openssls;
mod the_admin_pages_answer_when_the_file_table_is_full;
mod the_guides_hold_as_they_stand;
mod tls_is_asked_for_in_twelve_protocols;
mod verifiers_that_others_wrote_take_what_is_issued;
mod what_is_done_is_on_the_disk_before_it_is_said;
mod what_is_renewed_is_served_without_a_restart;
mod what_openssl_finds_in_a_file_is_shown;
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
    a_batch_that_is_killed_is_finished_whole,
    the_guides_hold_as_they_stand,
    verifiers_that_others_wrote_take_what_is_issued,
    sixty_four_writers_share_one_store,
    what_is_done_is_on_the_disk_before_it_is_said,
    every_key_algorithm_is_read_by_openssl,
    every_pair_of_from_openssl_holds,
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
    a_trace_reads_what_tshark_reads,
    at_capacity_newcomers_wait_their_turn,
    bad_input_to_pki_is_named,
    bad_input_to_the_client_is_named,
    bad_input_to_the_server_is_named,
    curl_shows_the_greeting,
    damaged_inputs_are_shown_or_refused,
    strict_refusals_are_openssls,
    what_openssl_finds_in_a_file_is_shown,
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
    openssl_cnf_makes_the_requests_and_certificates_that_openssl_makes,
    openssl_cnf_that_is_not_understood_is_named,
    openssl_cnf_the_recipe_line_by_line,
    openssl_verifies_and_is_answered,
    others_agree_with_each_other,
    our_client_talks_to_a_python_server,
    printed_commands_work_when_pasted,
    reading_commands_create_no_store,
    secrets_are_logged_only_when_asked,
    serial_and_combined_file_are_as_asked,
    sigterm_drains,
    the_admin_pages_answer_when_the_file_table_is_full,
    tls_is_asked_for_in_twelve_protocols,
    what_is_renewed_is_served_without_a_restart,
    without_arguments_both_ends_agree,
    a_pkcs12_file_serves_and_connects,
    a_replaced_private_key_stays_beside_the_new_one,
    bundles_are_split_ordered_and_built_into_chains,
    completions_and_manuals_are_made,
    old_encrypted_keys_are_read,
    pkcs12_goes_both_ways_with_java,
    pkcs12_goes_both_ways_with_openssl,
    public_keys_are_written_as_others_take_them,
}
