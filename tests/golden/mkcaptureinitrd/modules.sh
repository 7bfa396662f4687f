# Written by mkcaptureinitrd VERSION from modules.conf: what the capture environment runs, line by line.
LINE_DEADLINE=3780
CAPTURE_DEADLINE=4241
insmod /lib/modules/libcrc32c.ko
insmod /lib/modules/xfs.ko
insmod /lib/modules/virtio_ring.ko
insmod /lib/modules/virtio.ko
insmod /lib/modules/virtio_pci.ko
insmod /lib/modules/virtio_blk.ko
wait-device -t 30 LABEL=dumps && timeout 60 mount -t xfs LABEL=dumps /target && timeout 3600 dump-save --accept-partial -d 31 --root /target /proc/vmcore /target/ && timeout 60 umount /target && reboot
wait-device -t 5 LABEL=dumps && timeout 60 mount -t xfs LABEL=dumps /target && timeout 120 dmesg-save --root /target /proc/vmcore /target/ && timeout 60 umount /target
timeout 30 dmesg-save /proc/vmcore /dev/pmsg0
timeout 120 dmesg-save /proc/vmcore /dev/console
reboot
