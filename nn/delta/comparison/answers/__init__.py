"""What a learner gives: read in any form, as numbers, and with what exact numbers may stand behind them."""
