# Written by mkcaptureinitrd VERSION from minimal.conf: what the capture environment runs, line by line.
LINE_DEADLINE=3780
CAPTURE_DEADLINE=4235
wait-device -t 30 UUID=2f1c7a3e-5b64-4d0c-9b1e-6a7d8c9e0f11 && timeout 60 mount -t ext4 -o errors=remount-ro UUID=2f1c7a3e-5b64-4d0c-9b1e-6a7d8c9e0f11 /target && timeout 3600 dump-save --accept-partial -d 31 --root /target /proc/vmcore /target/var/crash/ && timeout 60 umount /target && reboot
wait-device -t 5 UUID=2f1c7a3e-5b64-4d0c-9b1e-6a7d8c9e0f11 && timeout 60 mount -t ext4 -o errors=remount-ro UUID=2f1c7a3e-5b64-4d0c-9b1e-6a7d8c9e0f11 /target && timeout 120 dmesg-save --root /target /proc/vmcore /target/var/crash/ && timeout 60 umount /target
timeout 30 dmesg-save /proc/vmcore /dev/pmsg0
timeout 120 dmesg-save /proc/vmcore /dev/console
reboot
