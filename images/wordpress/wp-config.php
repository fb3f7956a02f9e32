<?php
// Everything comes from the environment; NAME_FILE names a file that holds the value.
function cfg(string $name, ?string $default = null): string {
	$file = getenv($name . '_FILE');
	$value = ($file !== false && $file !== '') ? @file_get_contents($file) : getenv($name);
	if ($value === false && $default === null) {
		http_response_code(503);
		error_log("$name or {$name}_FILE is not set or not readable");
		exit(1);
	}
	return $value === false ? $default : rtrim($value, "\r\n");
}
define('DB_NAME', cfg('WORDPRESS_DB_NAME', 'wordpress'));
define('DB_USER', cfg('WORDPRESS_DB_USER', 'wordpress'));
define('DB_PASSWORD', cfg('WORDPRESS_DB_PASSWORD'));
define('DB_HOST', cfg('WORDPRESS_DB_HOST', 'mariadb'));
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
// Eight keys from one secret, so that every replica and restart accepts the same cookies.
foreach (['AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT', 'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT'] as $key) {
	define($key, hash_hmac('sha256', $key, cfg('WORDPRESS_SECRET')));
}
$url = cfg('WORDPRESS_URL');
define('WP_HOME', $url);
define('WP_SITEURL', $url);
// TLS ends at the ingress; without this WordPress redirects for ever.
if (($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '') === 'https') {
	$_SERVER['HTTPS'] = 'on';
}
// WordPress itself would go on with the visitor's scheme, and hand out passwords' cookies in the clear.
if (($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '') === 'http' && str_starts_with($url, 'https://') && PHP_SAPI !== 'cli') {
	header('Location: ' . $url . ($_SERVER['REQUEST_URI'] ?? '/'), true, 301);
	exit;
}
define('FORCE_SSL_ADMIN', str_starts_with($url, 'https://'));
if (cfg('STORE_XMLRPC', 'false') !== 'true' && basename($_SERVER['SCRIPT_NAME'] ?? '') === 'xmlrpc.php') {
	http_response_code(403);
	exit('XML-RPC is switched off.');
}
// The root file system is read-only: updates are new images.
define('DISALLOW_FILE_MODS', true);
define('DISALLOW_FILE_EDIT', true);
define('FS_METHOD', 'direct');
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISABLE_WP_CRON', cfg('WORDPRESS_DISABLE_CRON', '0') === '1');
define('WP_TEMP_DIR', '/tmp');
// A page may take less than the administrator's imports, and both less than the container.
define('WP_MEMORY_LIMIT', '128M');
define('WP_MAX_MEMORY_LIMIT', '192M');
$table_prefix = 'wp_';
if (!defined('ABSPATH')) {
	define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
