<?php
// The functions by which WordPress and plugins use the object cache, as wp-includes/cache.php declares them.

function wp_cache_init(): void {
	// A WordPress that installs tells no cache of the options that it writes; the set-up begins a new epoch after it.
	$server = new CacheServer(cfg('WORDPRESS_CACHE_HOST'), hash('sha256', 'cache:' . DB_PASSWORD), !wp_installing());
	$GLOBALS['wp_object_cache'] = new WP_Object_Cache($server);
}

/** The cache for these keys, or null with WordPress' own complaint if one of them cannot be a key. */
function storefleet_cache(mixed ...$keys): ?WP_Object_Cache {
	foreach ($keys as $key) {
		if (!is_int($key) && (!is_string($key) || trim($key) === '')) {
			_doing_it_wrong('wp_cache', 'A cache key is an integer or a string that is not empty.', '6.1.0');
			return null;
		}
	}
	return $GLOBALS['wp_object_cache'];
}

function wp_cache_get($key, $group = '', $force = false, &$found = null) {
	$found = false;
	$cache = storefleet_cache($key);
	return $cache ? $cache->get($key, (string) $group ?: 'default', (bool) $force, $found) : false;
}

function wp_cache_get_multiple($keys, $group = '', $force = false) {
	$keys = array_filter((array) $keys, fn ($key) => storefleet_cache($key) !== null);
	return $GLOBALS['wp_object_cache']->get_multiple($keys, (string) $group ?: 'default', (bool) $force);
}

function wp_cache_add($key, $data, $group = '', $expire = 0) {
	return storefleet_cache($key)?->add_multiple([$key => $data], (string) $group ?: 'default', (int) $expire)[$key] ?? false;
}

function wp_cache_add_multiple(array $data, $group = '', $expire = 0) {
	return $GLOBALS['wp_object_cache']->add_multiple($data, (string) $group ?: 'default', (int) $expire);
}

function wp_cache_set($key, $data, $group = '', $expire = 0) {
	return storefleet_cache($key)?->set_multiple([$key => $data], (string) $group ?: 'default', (int) $expire)[$key] ?? false;
}

function wp_cache_set_multiple(array $data, $group = '', $expire = 0) {
	return $GLOBALS['wp_object_cache']->set_multiple($data, (string) $group ?: 'default', (int) $expire);
}

function wp_cache_replace($key, $data, $group = '', $expire = 0) {
	return storefleet_cache($key)?->replace($key, $data, (string) $group ?: 'default', (int) $expire) ?? false;
}

function wp_cache_delete($key, $group = '') {
	return storefleet_cache($key)?->delete_multiple([$key], (string) $group ?: 'default')[$key] ?? false;
}

function wp_cache_delete_multiple(array $keys, $group = '') {
	$keys = array_filter($keys, fn ($key) => storefleet_cache($key) !== null);
	return $GLOBALS['wp_object_cache']->delete_multiple($keys, (string) $group ?: 'default');
}

function wp_cache_incr($key, $offset = 1, $group = '') {
	return storefleet_cache($key)?->increase($key, (int) $offset, (string) $group ?: 'default') ?? false;
}

function wp_cache_decr($key, $offset = 1, $group = '') {
	return wp_cache_incr($key, -(int) $offset, $group);
}

function wp_cache_flush() {
	return $GLOBALS['wp_object_cache']->flush();
}

function wp_cache_flush_runtime() {
	return $GLOBALS['wp_object_cache']->flush_runtime();
}

function wp_cache_flush_group($group) {
	return $GLOBALS['wp_object_cache']->flush_group((string) $group ?: 'default');
}

function wp_cache_supports($feature) {
	$features = ['add_multiple', 'set_multiple', 'get_multiple', 'delete_multiple', 'flush_runtime', 'flush_group'];
	return in_array($feature, $features, true);
}

function wp_cache_add_non_persistent_groups($groups): void {
	$GLOBALS['wp_object_cache']->keep_local((array) $groups);
}

// One shop is one site: there are no groups of several, and no other site to switch to.
function wp_cache_add_global_groups($groups): void {
}

function wp_cache_switch_to_blog($blog_id): void {
}

function wp_cache_close() {
	return true;
}
