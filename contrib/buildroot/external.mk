include $(sort $(wildcard $(BR2_EXTERNAL_CRASHBOX_PATH)/package/*/*.mk))
