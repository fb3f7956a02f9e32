<?php
// What of WordPress the object cache asks for, and words for tests. Without WORDPRESS_CACHE_HOST it is WordPress' own.
define('ABSPATH', '/srv/wordpress/');
define('WPINC', 'wp-includes');
define('DB_PASSWORD', getenv('SECRET'));
function cfg($name, $default = null) {
	return getenv($name) === false ? $default : getenv($name);
}
function wp_installing() {
	return getenv('INSTALLING') === '1';
}
function wp_suspend_cache_addition() {
	return false;
}
function is_multisite() {
	return false;
}
function _doing_it_wrong() {
	$GLOBALS['wrong'] = ($GLOBALS['wrong'] ?? 0) + 1;
}
function __($text) {
	return $text;
}

function say(...$said) {
	echo json_encode($said), "\n";
}
/** Moves the epoch by hand. */
function at(int $seconds) {
	touch('/srv/wordpress/wp-content/uploads/.storefleet-cache', time() + $seconds);
}
/** Another process that begins now. */
function process() {
	return new WP_Object_Cache(new CacheServer(cfg('WORDPRESS_CACHE_HOST'), hash('sha256', 'cache:' . DB_PASSWORD), true));
}
function put($process, $key, $value, $group = 'default') {
	$process->set_multiple([$key => $value], $group, 0);
}
/** What a process finds that begins now. */
function seen($key, $group = 'default') {
	return process()->get($key, $group);
}
function server() {
	$server = new Redis();
	$server->connect('127.0.0.1', (int) explode(':', cfg('WORDPRESS_CACHE_HOST'))[1]);
	$server->auth(hash('sha256', 'cache:' . DB_PASSWORD));
	return $server;
}

require '/srv/wordpress/wp-content/object-cache.php';
if (!function_exists('wp_cache_init')) {
	require ABSPATH . WPINC . '/cache.php';
}
wp_cache_init();
wp_cache_add_global_groups(['users']);
wp_cache_add_non_persistent_groups(['counts']);
