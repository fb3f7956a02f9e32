<?php
// First part: WordPress' tables and administrator, then the plugins that are wished for.
require __DIR__ . '/frame.php';
require __DIR__ . '/database.php';
define('WP_INSTALLING', true);
$database = database();
take_turn($database);
drop_half_installation($database);

require '/srv/wordpress/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';
if (is_blog_installed()) {
	wp_upgrade(); // tables of an older image; does nothing when they are current
	if (wp_using_ext_object_cache()) {
		// Transients live in the object cache. Those of an image that had none would come back with it, out of date.
		$wpdb->query("DELETE FROM $wpdb->options WHERE option_name LIKE '\\_transient\\_%' OR option_name LIKE '\\_site\\_transient\\_%'");
	}
	echo "already installed\n";
} else {
	begin_installation($database);
	$result = wp_install(cfg('STORE_TITLE'), cfg('STORE_ADMIN_USER'), cfg('STORE_ADMIN_EMAIL'), true, '', cfg('STORE_ADMIN_PASSWORD'));
	if (is_wp_error($result)) {
		fail($result->get_error_message());
	}
	update_option('permalink_structure', '/%postname%/');
	end_installation($database);
	echo "installed\n";
}

/** Main file of a plugin by the name of its folder. */
function plugin_file(string $slug): string {
	foreach (array_keys(get_plugins()) as $file) {
		if (dirname($file) === $slug || $file === "$slug.php") {
			return $file;
		}
	}
	fail("the plugin $slug is not in this image");
}
$wished = settings()['plugins'] ?? [];
if (is_dir(WP_PLUGIN_DIR . '/woocommerce')) {
	$wished = array_unique(['woocommerce', ...$wished]);
}
once('plugins', array_values($wished), function (array $now, ?array $before): void {
	foreach ($now as $slug) {
		$file = plugin_file($slug);
		$result = is_plugin_active($file) ? null : activate_plugin($file);
		if (is_wp_error($result)) {
			fail("plugin $slug: " . $result->get_error_message());
		}
	}
	$gone = array_filter(array_diff($before ?? [], $now), fn ($slug) => is_dir(WP_PLUGIN_DIR . "/$slug"));
	deactivate_plugins(array_map('plugin_file', $gone));
});
Done::$done = true;
