<?php
// Sets the shop up from the command line; safe to repeat. Exits 1 unless everything was done.
if (PHP_SAPI !== 'cli') {
	exit(1);
}
const DATABASE_SECONDS = 120;
$done = false;
// wp_die() ends a script with exit code 0, which would make a broken set-up look done.
register_shutdown_function(function () use (&$done) {
	if (!$done) {
		exit(1);
	}
});
$fail = function (string $reason): never {
	fwrite(STDERR, "set-up: $reason\n");
	exit(1);
};
$url = parse_url((string) getenv('WORDPRESS_URL'));
$_SERVER = array_merge($_SERVER, [
	'HTTP_HOST' => $url['host'] . (isset($url['port']) ? ':' . $url['port'] : ''),
	'SERVER_NAME' => $url['host'], 'SERVER_PROTOCOL' => 'HTTP/1.1',
	'REQUEST_METHOD' => 'GET', 'REQUEST_URI' => '/wp-admin/install.php',
]);
define('WP_INSTALLING', true);

mysqli_report(MYSQLI_REPORT_OFF);
$password = rtrim((string) file_get_contents((string) getenv('WORDPRESS_DB_PASSWORD_FILE')), "\r\n");
for ($until = time() + DATABASE_SECONDS;; usleep(250000)) {
	$probe = @new mysqli(getenv('WORDPRESS_DB_HOST'), getenv('WORDPRESS_DB_USER'), $password, getenv('WORDPRESS_DB_NAME'));
	if (!$probe->connect_errno) {
		$probe->close();
		break;
	}
	if (time() >= $until) {
		$fail('the database did not answer: ' . $probe->connect_error);
	}
}
require '/srv/wordpress/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';
add_filter('pre_wp_mail', '__return_true'); // a new shop sends no mail
if (is_blog_installed()) {
	wp_upgrade(); // tables of an older image; does nothing when they are current
	echo "already installed\n";
} else {
	$result = wp_install(cfg('STORE_TITLE'), cfg('STORE_ADMIN_USER'), cfg('STORE_ADMIN_EMAIL'), true, '', cfg('STORE_ADMIN_PASSWORD'));
	if (is_wp_error($result)) {
		$fail($result->get_error_message());
	}
	update_option('permalink_structure', '/%postname%/');
	echo "installed\n";
}
$wanted = array_filter(explode(',', (string) getenv('STORE_PLUGINS'))) ?: array_keys(get_plugins());
foreach ($wanted as $plugin) {
	if ($plugin === 'hello.php' || is_plugin_active($plugin)) {
		continue;
	}
	$result = activate_plugin($plugin);
	if (is_wp_error($result)) {
		$fail("plugin $plugin: " . $result->get_error_message());
	}
	echo "activated $plugin\n";
}
$done = true;
