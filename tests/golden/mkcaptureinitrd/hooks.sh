# Written by mkcaptureinitrd VERSION from hooks.conf: what the capture environment runs, line by line.
LINE_DEADLINE=1510
CAPTURE_DEADLINE=5595
timeout 600 /etc/kdump/pre.sh one two || poweroff
wait-device -t 30 UUID=12-ab && timeout 60 mount -t ext4 -o errors=remount-ro UUID=12-ab /target && timeout 100 dump-save --accept-partial -d 31 --keep 3 --min-free 1 --root /target /proc/vmcore /target/var/crash/ && timeout -i 600 /etc/kdump/post.sh 0 && timeout -i 600 /usr/bin/tell status 0 && timeout 60 umount /target && poweroff
wait-device -t 30 'LABEL=my disk' && timeout 60 mount -t xfs 'LABEL=my disk' /target && timeout 100 dump-save --accept-partial -d 31 --keep 3 --min-free 1 --root /target /proc/vmcore /target/var/crash/ && timeout -i 600 /etc/kdump/post.sh 0 && timeout -i 600 /usr/bin/tell status 0 && timeout 60 umount /target && poweroff
wait-device -t 5 UUID=12-ab && timeout 60 mount -t ext4 -o errors=remount-ro UUID=12-ab /target && timeout 120 dmesg-save --keep 3 --root /target /proc/vmcore /target/var/crash/ && timeout 60 umount /target
wait-device -t 5 'LABEL=my disk' && timeout 60 mount -t xfs 'LABEL=my disk' /target && timeout 120 dmesg-save --keep 3 --root /target /proc/vmcore /target/var/crash/ && timeout 60 umount /target
timeout 30 dmesg-save /proc/vmcore /dev/pmsg0
timeout 120 dmesg-save /proc/vmcore /dev/console
timeout -i 600 /etc/kdump/post.sh 1
timeout -i 600 /usr/bin/tell status 1
reboot
