<?php
// WordPress' drop-in: the object cache that web, clock and set-up share.
if (!defined('ABSPATH')) {
	exit;
}
if (cfg('WORDPRESS_CACHE_HOST', '') !== '') { // else WordPress takes its own, which lasts for one request
	require_once '/opt/store/cache/epoch.php';
	require_once '/opt/store/cache/server.php';
	require_once '/opt/store/cache/objects.php';
	require_once '/opt/store/cache/functions.php';
}
