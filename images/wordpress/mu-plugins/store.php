<?php
// What every shop has in common, whatever its owner switches on or off. Loaded by WordPress before any plugin.
if (!defined('ABSPATH')) {
	exit;
}
if (cfg('STORE_SMTP_HOST', '') === '') {
	// Without a mail server nothing is sent, and WordPress says so instead of trying for a minute.
	add_filter('pre_wp_mail', '__return_false');
} else {
	add_action('phpmailer_init', function ($mailer): void {
		$mailer->isSMTP();
		$mailer->Host = cfg('STORE_SMTP_HOST');
		$mailer->Port = (int) cfg('STORE_SMTP_PORT', '587');
		$mailer->SMTPSecure = $mailer->Port === 465 ? 'ssl' : 'tls';
		$mailer->SMTPAuth = cfg('STORE_SMTP_USER', '') !== '';
		$mailer->Username = cfg('STORE_SMTP_USER', '');
		$mailer->Password = cfg('STORE_SMTP_PASSWORD', '');
		$mailer->Timeout = 10;
	});
}
add_filter('wp_mail_from', fn () => cfg('STORE_MAIL_FROM', '') ?: get_option('admin_email'), 20);
add_filter('wp_mail_from_name', fn () => wp_specialchars_decode(get_option('blogname'), ENT_QUOTES), 20);
if (cfg('STORE_XMLRPC', 'false') !== 'true') {
	add_filter('xmlrpc_enabled', '__return_false');
	add_filter('wp_headers', function (array $headers): array {
		unset($headers['X-Pingback']);
		return $headers;
	});
	remove_action('wp_head', 'rsd_link');
}
