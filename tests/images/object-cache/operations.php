<?php
// Every function of the object cache, and what it answers.
$plain = (object) ['a' => 1];
foreach ([1, -7, '12', '012', 1.5, true, false, null, '', 'text', [1, ['a' => null]], $plain] as $i => $value) {
	say($i, wp_cache_set("v$i", $value, 'values'), wp_cache_get("v$i", 'values'));
	say(wp_cache_get("v$i", 'values', true, $found), $found);
}
$plain->a = 2;
$got = wp_cache_get('v11', 'values');
say($got->a);
$got->a = 3;
say(wp_cache_get('v11', 'values')->a);
say(wp_cache_get('none'), wp_cache_get('none', '', false, $found), $found);
say(wp_cache_add('n', 5), wp_cache_add('n', 6), wp_cache_get('n'), wp_cache_get('n', 'default'), wp_cache_get('n', 'other'));
say(wp_cache_replace('n', 7), wp_cache_replace('m', 7), wp_cache_get('n'), wp_cache_get('m'));
say(wp_cache_incr('n'), wp_cache_incr('n', 4), wp_cache_decr('n', 2), wp_cache_decr('n', 99), wp_cache_incr('nothing'));
wp_cache_set('text', 'abc');
say(wp_cache_incr('text', 3), wp_cache_get('text'));
say(wp_cache_delete('n'), wp_cache_delete('n'), wp_cache_get('n'));
say(wp_cache_set_multiple(['a' => 1, 7 => 'seven'], 'many'), wp_cache_add_multiple(['a' => 9, 'b' => 2], 'many'));
say(wp_cache_get_multiple(['a', 7, 'b', 'c'], 'many'), wp_cache_get_multiple(['a', 'c'], 'many', true));
say(wp_cache_delete_multiple(['a', 'c'], 'many'), wp_cache_get_multiple(['a', 7], 'many'));
say(wp_cache_set('c', 1, 'counts'), wp_cache_get('c', 'counts', true), wp_cache_incr('c', 1, 'counts'));
say(wp_cache_flush_group('many'), wp_cache_get(7, 'many'), wp_cache_get('v1', 'values'));
say(wp_cache_set('', 1), wp_cache_get(1.5), wp_cache_set(' ', 1), $GLOBALS['wrong']);
foreach (['add', 'set', 'get', 'delete'] as $function) {
	say(wp_cache_supports("{$function}_multiple"), wp_cache_supports($function));
}
say(wp_cache_supports('flush_runtime'), wp_cache_supports('flush_group'));
wp_cache_switch_to_blog(1);
say(wp_cache_close(), wp_cache_flush(), wp_cache_get('v1', 'values'), wp_cache_flush_runtime());
