'use strict';
document.getElementById('headline').textContent = JSON.parse(document.getElementById('report').textContent).story.headline;
