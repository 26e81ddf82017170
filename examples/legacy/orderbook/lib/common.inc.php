<?php
// What every page of the order book begins with. Written in 2009; whoever wrote it has left.

session_start();

// A line each: user name, MD5 sum of the password, full name.
function find_user($login)
{
    foreach (file(getenv('ORDERBOOK_USERS')) as $line) {
        list($user, $md5, $name) = explode(':', trim($line));
        if ($user === $login) {
            return array('login' => $user, 'md5' => $md5, 'name' => $name);
        }
    }
    return null;
}

function field($from, $name)
{
    return isset($from[$name]) && is_string($from[$name]) ? $from[$name] : '';
}

function h($text)
{
    return htmlspecialchars($text);
}

function page_start($title)
{
    echo '<html><head><title>' . h($title) . '</title></head><body bgcolor="#ffffcc">';
    echo '<h1>' . h($title) . '</h1>';
}

function page_end()
{
    echo '<hr><font size="2">Order book 1.4</font></body></html>';
}
