# Written by mkcaptureinitrd VERSION from redhat.conf: what the capture environment runs, line by line.
LINE_DEADLINE=3780
CAPTURE_DEADLINE=4235
wait-device -t 30 UUID=03138356-5e61-4ab3-b58e-27507ac41937 && timeout 60 mount -t ext4 -o errors=remount-ro UUID=03138356-5e61-4ab3-b58e-27507ac41937 /target && timeout 3600 dump-save --accept-partial -d 31 -l --message-level 7 --root /target /proc/vmcore /target/var/crash/ && timeout 60 umount /target && reboot
wait-device -t 5 UUID=03138356-5e61-4ab3-b58e-27507ac41937 && timeout 60 mount -t ext4 -o errors=remount-ro UUID=03138356-5e61-4ab3-b58e-27507ac41937 /target && timeout 120 dmesg-save --root /target /proc/vmcore /target/var/crash/ && timeout 60 umount /target
timeout 30 dmesg-save /proc/vmcore /dev/pmsg0
timeout 120 dmesg-save /proc/vmcore /dev/console
reboot
