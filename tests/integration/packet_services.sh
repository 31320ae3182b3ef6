# SPDX-License-Identifier: GPL-3.0-or-later
# The servers of the packet tests, from Debian, with our own keys. Sourced
# after packet_lib.sh; needs net_up.

screens=$dir/screens
x=$helpers/x_picture

# A screen at 192.0.2.66, by VNC on 5901 and by RDP on 3389, with a pattern
# on it, and one to look from ($desk), in the other segment.
screens_start() {	# [LINE-ON-THE-SCREEN...]
	mkdir -p "$screens" "$dir/xrdp"
	"$x" make $$ 400 300 "$screens/pattern.png"
	screen_start inet vdi 800x600 5901 || return 1
	vdi=$display
	DISPLAY=$vdi "$x" show "$screens/pattern.png" "$@"
	DISPLAY=$vdi "$x" grab "$screens/vdi.png"
	screen_start lgwan desk 800x600 || return 1
	desk=$display
	own_key "$dir/xrdp" vdi.example.jp
	cp /etc/xrdp/rsakeys.ini /etc/xrdp/km-00000409.ini \
	    /etc/xrdp/xrdp_keyboard.ini "$dir/xrdp"
	cat >"$dir/xrdp/xrdp.ini" <<END
[Globals]
ini_version=1
fork=true
port=tcp://192.0.2.66:3389
security_layer=tls
crypt_level=high
certificate=$dir/xrdp/cert.pem
key_file=$dir/xrdp/key.pem
ssl_protocols=TLSv1.2, TLSv1.3
autorun=screen
allow_channels=true
max_bpp=32
[Logging]
LogFile=$dir/xrdp/log
LogLevel=INFO
EnableSyslog=false
[Channels]
[screen]
name=screen
lib=libvnc.so
ip=192.0.2.66
port=5901
username=na
password=na
END
	serve inet tcp 192.0.2.66 3389 xrdp xrdp -n -c "$dir/xrdp/xrdp.ini"
}

own_key() {	# FOLDER NAME: key.pem and a certificate that it signs itself
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$1/key.pem" -out "$1/cert.pem" -subj "/CN=$2" \
	    -days 30 2>/dev/null
}

# A client with a window; a screen of its own is $desk.
window() {	# NAME COMMAND...
	window_name=$1
	shift
	nsenter --net=/run/netns/$tag-lgwan env HOME="$dir" DISPLAY="$desk" \
	    "$@" >"$dir/$window_name.log" 2>&1 </dev/null &
	window=$!
	pids="$pids $window"
}

vnc_viewer() {	# NAME ADDRESS PORT: a window over all of the screen
	window "$1" xtigervncviewer -AutoSelect=0 -FullColour=1 -NoJPEG=1 \
	    -PreferredEncoding=ZRLE -FullScreen -MenuKey= -RemoteResize=0 \
	    -ReconnectOnError=0 -AlertOnFatalError=0 "$2::$3"
}

rdp_viewer() {	# NAME ADDRESS PORT
	window "$1" xfreerdp "/v:$2:$3" /cert:ignore /u:x /p:x /f \
	    /size:800x600 /bpp:32 /sec:tls -grab-keyboard /log-level:INFO
}

# The pattern of the far screen is on the near one.
crossed() {	# OUT.png
	DISPLAY=$desk "$x" grab "$1" &&
	    "$x" find "$screens/pattern.png" "$1" 1
}

# And after the window is gone it is not there any more.
window_close() {
	stop "$window"
	! DISPLAY=$desk "$x" grab "$screens/after.png" ||
	    ! "$x" find "$screens/pattern.png" "$screens/after.png" 1
}

# nginx with TLS at the web hosts, and a CA of our own.
web_start() {
	web=$dir/web
	mkdir -p "$web/root" "$web/temp"
	chmod 755 "$web" "$web/root"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$web/ca.key" -out "$web/ca.pem" -subj "/CN=test CA" \
	    -days 30 2>/dev/null
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$web/key.pem" -out "$web/csr" \
	    -subj "/CN=pitsari.example.go.jp" 2>/dev/null
	printf 'subjectAltName=%s,%s,%s,%s\n' DNS:pitsari.example.go.jp \
	    DNS:www.eltax.lta.go.jp DNS:evil.example.com IP:192.0.2.81 \
	    >"$web/ext"
	openssl x509 -req -in "$web/csr" -CA "$web/ca.pem" \
	    -CAkey "$web/ca.key" -CAcreateserial -days 30 \
	    -extfile "$web/ext" -out "$web/cert.pem" 2>/dev/null
	head -c 3000000 /dev/urandom >"$web/root/file"
	chmod 644 "$web/root/file"
	cat >"$web/conf" <<END
worker_processes 1;
pid $web/pid;
error_log $web/error;
events { }
http {
	access_log $web/access;
	client_body_temp_path $web/temp/1; proxy_temp_path $web/temp/2;
	fastcgi_temp_path $web/temp/3; uwsgi_temp_path $web/temp/4;
	scgi_temp_path $web/temp/5;
	server {
		listen 192.0.2.80:80; listen 192.0.2.81:80;
		listen 192.0.2.80:443 ssl; listen 192.0.2.81:443 ssl;
		listen [2001:db8:ff::80]:443 ssl;
		ssl_certificate $web/cert.pem;
		ssl_certificate_key $web/key.pem;
		root $web/root;
	}
}
END
	chmod 755 "$dir"
	serve inet tcp 192.0.2.81 443 nginx nginx -e "$web/error" \
	    -c "$web/conf" -g 'daemon off; user root;'
}

# curl with a name that is looked up nowhere, and what it got beside what is.
fetch_file() {	# NAME ADDRESS SCHEME [CURL-OPTION...]
	fetch_name=$1 fetch_address=$2 fetch_scheme=$3
	shift 3
	rm -f "$dir/fetched"
	client 30 lgwan curl -sS --max-time 10 --cacert "$web/ca.pem" \
	    --resolve "$fetch_name:443:$fetch_address" \
	    --resolve "$fetch_name:80:$fetch_address" "$@" \
	    -o "$dir/fetched" "$fetch_scheme://$fetch_name/file" &&
	    cmp "$dir/fetched" "$web/root/file"
}

ssh_start() {	# sshd on 22 of the far hosts, on 443 and 5902 of others
	sshd=$dir/sshd
	mkdir -p "$sshd" /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f "$sshd/host"
	ssh-keygen -q -t ed25519 -N '' -f "$sshd/user"
	cp "$sshd/user.pub" "$sshd/authorized"
	chmod 600 "$sshd/authorized"
	cat >"$sshd/config" <<END
ListenAddress 192.0.2.80:22
ListenAddress [2001:db8:ff::80]:22
ListenAddress 192.0.2.67:443
ListenAddress 192.0.2.67:5902
ListenAddress 192.0.2.67:3389
HostKey $sshd/host
AuthorizedKeysFile $sshd/authorized
StrictModes no
UsePAM no
PidFile none
PermitRootLogin prohibit-password
PasswordAuthentication no
END
	serve inet tcp 192.0.2.67 3389 sshd "$(command -v sshd)" -D -e \
	    -f "$sshd/config"
}

ssh_run() {	# ADDRESS PORT COMMAND...
	ssh_to=$1 ssh_port=$2
	shift 2
	client 30 lgwan ssh -F none -i "$sshd/user" -p "$ssh_port" \
	    -o BatchMode=yes -o StrictHostKeyChecking=no \
	    -o UserKnownHostsFile=/dev/null -o ConnectTimeout=8 \
	    -o LogLevel=ERROR "root@$ssh_to" "$@"
}

dns_start() {
	serve inet tcp 192.0.2.53 53 dnsmasq dnsmasq -k -C /dev/null \
	    -a 192.0.2.53 -a 2001:db8:ff::53 --bind-interfaces --no-resolv \
	    --no-hosts --pid-file= --user=root --local-ttl=60 \
	    --address=/town.example.jp/203.0.113.77
}

resolves() {	# ADDRESS [DIG-OPTION...]
	resolves_at=$1
	shift
	[ "$(client 10 lgwan dig +short +time=3 +tries=1 "$@" \
	    "@$resolves_at" www.town.example.jp A)" = 203.0.113.77 ]
}
